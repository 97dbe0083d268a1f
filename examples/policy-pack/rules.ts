export { insecureApiServers } from "./apiServer";
export { insecureApiServices } from "./apiService";
export { caBundleProblems } from "./caBundle";
export { hostKeyProblems } from "./hostKey";
export { insecureFlags } from "./kubeletFlag";
