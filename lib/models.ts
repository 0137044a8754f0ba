// The eleven completion models, and where each of them is served.

/** A model and the upstream address it is served at: a V1 endpoint segment, or the model id of an OpenAI upstream. */
export interface ServedModel {
  readonly name: string;
  readonly endpoint: string;
}

/**
 * The models of the SDK page "续写 Completions". Two have a preset service that every account can call; the others are
 * called at the endpoint their owner published.
 */
export const completionModels = [
  { name: 'SQLCoder-7B', preset: 'sqlcoder_7b' },
  { name: 'CodeLlama-7b-Instruct', preset: 'codellama_7b_instruct' },
  { name: 'Yi-34B' },
  { name: 'AquilaCode-multi' },
  { name: 'Cerebras-GPT-13B' },
  { name: 'Pythia-12B' },
  { name: 'GPT-J-6B' },
  { name: 'GPT-NeoX-20B' },
  { name: 'GPT4All-J' },
  { name: 'StarCoder' },
  { name: 'StableLM-Alpha-7B' },
] as const satisfies readonly { name: string; preset?: string }[];

export interface ModelCatalog {
  /** The presets and the configured models. */
  list(): readonly ServedModel[];
  /**
   * Finds a model by its name (in any case) or its endpoint. A name nobody configured is taken as the endpoint of a
   * custom service: only the upstream knows which of those exist.
   */
  resolve(nameOrEndpoint: string): ServedModel;
}

/** Builds the catalog from the presets and the configured models (name → endpoint); the configured ones win. */
export function createModelCatalog(configured: Readonly<Record<string, string>>): ModelCatalog {
  const byName = new Map<string, ServedModel>();
  const byEndpoint = new Map<string, ServedModel>();
  const add = (model: ServedModel, ...endpoints: string[]): void => {
    byName.set(model.name.toLowerCase(), model);
    for (const endpoint of endpoints) byEndpoint.set(endpoint, model);
  };
  for (const model of completionModels) {
    if ('preset' in model) add({ name: model.name, endpoint: model.preset }, model.preset);
  }
  for (const [configuredName, endpoint] of Object.entries(configured)) {
    const known = completionModels.find((model) => model.name.toLowerCase() === configuredName.toLowerCase());
    const model = { name: known?.name ?? configuredName, endpoint };
    // SDKs call a preset by its endpoint, so a model served elsewhere takes that over too.
    add(model, endpoint, ...(known !== undefined && 'preset' in known ? [known.preset] : []));
  }
  return {
    list: () => [...byName.values()],
    resolve: (nameOrEndpoint) =>
      byEndpoint.get(nameOrEndpoint) ??
      byName.get(nameOrEndpoint.toLowerCase()) ?? { name: nameOrEndpoint, endpoint: nameOrEndpoint },
  };
}
