// Is found before the .mjs file of the same name.
export const handler = async () => '.js';
