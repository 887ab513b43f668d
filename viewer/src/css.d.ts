/** A stylesheet that esbuild puts into the bundle. */
declare module "*.css";
