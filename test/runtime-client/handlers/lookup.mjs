// Is shadowed by the .js file of the same name.
export const handler = async () => '.mjs';
