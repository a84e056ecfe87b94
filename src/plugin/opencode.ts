import { server } from './v1.ts'
import { setup } from './v2.ts'

/**
 * The plugin of OpenCode, `ocvault/opencode`: one object, of which 1.x (1.3.4 and later) takes `server` and 2.x takes `setup`.
 */
export default { id: 'ocvault', server, setup }
