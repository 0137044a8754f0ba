// Loaded before Portkey's gateway, which would serve every network interface: it listens on 127.0.0.1 and says where.
import { Server } from 'node:net';

const { listen } = Server.prototype;

Server.prototype.listen = function listenLocally(port) {
  this.once('listening', () => process.stdout.write(`\nready http://127.0.0.1:${this.address().port}\n`));
  return listen.call(this, { port, host: '127.0.0.1' });
};
