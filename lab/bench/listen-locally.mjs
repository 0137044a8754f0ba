// Loaded before Portkey's gateway, which would serve every network interface: it listens on 127.0.0.1 and says where.
import { Server } from 'node:net';

const listen = Reflect.get(Server.prototype, 'listen');

Server.prototype.listen = function listenLocally(port) {
  this.once('listening', () => process.stdout.write(`\nready http://127.0.0.1:${this.address().port}\n`));
  return Reflect.apply(listen, this, [{ port, host: '127.0.0.1' }]);
};
