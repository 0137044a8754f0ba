// The eleven completion models, and where each of them is served.

/** A model and where its upstreams serve it. */
export interface ServedModel {
  readonly name: string;
  /** The last path segment of its V1 address: letters, digits, _ and -. */
  readonly endpoint: string;
  /** Its id at an OpenAI-compatible upstream. */
  readonly upstreamModel: string;
  /** Whether that upstream serves it as a chat model only. */
  readonly isChat: boolean;
  /** How it fills in the middle, where that is configured. */
  readonly fim: FimSetting | undefined;
  /** Parameters that its OpenAI-compatible upstream knows besides those that are always passed on. */
  readonly parameters: readonly string[];
  /** Whether it is a preset or configured. If not, only the upstream knows whether it exists. */
  readonly isKnown: boolean;
}

/** The families of models that are trained to fill in the middle, each with tokens of its own. */
export const fimFamilies = ['starcoder', 'codellama', 'deepseek', 'qwen', 'codestral', 'glm'] as const;

export type FimFamily = (typeof fimFamilies)[number];

/** `suffix`: its upstream takes the suffix itself; a family: the prompt is written as that family reads it; false: not at all. */
export type FimSetting = 'suffix' | FimFamily | false;

/** Where a configured model is served: one address for every upstream, or one for each. */
export type ModelAddress =
  | string
  | {
      readonly 'qianfan-v1'?: string | undefined;
      readonly openai?: string | undefined;
      readonly chat?: boolean | undefined;
      readonly fim?: FimSetting | undefined;
      readonly parameters?: readonly string[] | undefined;
    };

/** What an endpoint may look like. It becomes one segment of a V1 path, so it must not add a segment or a query. */
export const endpointPattern = /^[A-Za-z0-9_-]{1,256}$/;

/**
 * The models of the SDK page "续写 Completions". Two have a preset service that every account can call; the others are
 * called at the endpoint their owner published.
 */
export const completionModels = [
  { name: 'SQLCoder-7B', preset: 'sqlcoder_7b' },
  { name: 'CodeLlama-7b-Instruct', preset: 'codellama_7b_instruct', fim: 'codellama' },
  { name: 'Yi-34B' },
  { name: 'AquilaCode-multi' },
  { name: 'Cerebras-GPT-13B' },
  { name: 'Pythia-12B' },
  { name: 'GPT-J-6B' },
  { name: 'GPT-NeoX-20B' },
  { name: 'GPT4All-J' },
  { name: 'StarCoder', fim: 'starcoder' },
  { name: 'StableLM-Alpha-7B' },
] as const satisfies readonly {
  name: string;
  preset?: string;
  fim?: FimFamily;
}[];

/** The family whose tokens a model of the SDK page is trained with; undefined for one that cannot fill in the middle. */
export function findFimFamily({ name }: Pick<ServedModel, 'name'>): FimFamily | undefined {
  const known = completionModels.find((model) => model.name.toLowerCase() === name.toLowerCase());
  return known !== undefined && 'fim' in known ? known.fim : undefined;
}

export interface ModelCatalog {
  /** The presets and the configured models. */
  list(): readonly ServedModel[];
  /**
   * Finds a model by its name (in any case) or its endpoint. An unknown name is taken as the endpoint of a custom
   * service, because only the upstream knows which of those exist.
   */
  resolve(nameOrEndpoint: string): ServedModel;
}

/** Builds the catalog from the presets and the configured models; the configured ones win. */
export function createModelCatalog(configured: Readonly<Record<string, ModelAddress>>): ModelCatalog {
  const byName = new Map<string, ServedModel>();
  const byEndpoint = new Map<string, ServedModel>();
  const add = (model: ServedModel, ...endpoints: string[]): void => {
    byName.set(model.name.toLowerCase(), model);
    for (const endpoint of endpoints) byEndpoint.set(endpoint, model);
  };
  for (const model of completionModels) {
    if ('preset' in model) add(createPreset(model.name, model.preset), model.preset);
  }
  for (const [configuredName, address] of Object.entries(configured)) {
    const known = completionModels.find((model) => model.name.toLowerCase() === configuredName.toLowerCase());
    const preset = known !== undefined && 'preset' in known ? [known.preset] : [];
    const model = createConfigured(known?.name ?? configuredName, address, preset[0]);
    // SDKs call a preset by its endpoint, so that endpoint must lead to the configured address as well.
    add(model, model.endpoint, model.upstreamModel, ...preset);
  }
  return {
    list: () => [...byName.values()],
    resolve: (name) => byName.get(name.toLowerCase()) ?? byEndpoint.get(name) ?? createUnknown(name),
  };
}

/** Of a model whose address says nothing else. */
const plain = { isChat: false, fim: undefined, parameters: [] } as const;

/** On Baidu's pages, a model's V2 id is its name in lower case. `MODELS` can set another. */
function createPreset(name: string, preset: string): ServedModel {
  return { name, endpoint: preset, upstreamModel: name.toLowerCase(), ...plain, isKnown: true };
}

function createConfigured(name: string, address: ModelAddress, preset: string | undefined): ServedModel {
  const fallback = preset ?? name.replace(/[^A-Za-z0-9_-]/g, '_');
  if (typeof address === 'string') {
    const endpoint = endpointPattern.test(address) ? address : fallback;
    return { name, endpoint, upstreamModel: address, ...plain, isKnown: true };
  }
  const endpoint = address['qianfan-v1'] ?? fallback;
  return {
    name,
    endpoint,
    upstreamModel: address.openai ?? endpoint,
    isChat: address.chat ?? false,
    fim: address.fim,
    parameters: address.parameters ?? [],
    isKnown: true,
  };
}

function createUnknown(name: string): ServedModel {
  return { name, endpoint: name, upstreamModel: name, ...plain, isKnown: false };
}
