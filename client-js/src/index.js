export { Trunkline } from './client.js';
export { TrunklineError } from './error.js';
