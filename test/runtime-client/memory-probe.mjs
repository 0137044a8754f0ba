// Loaded into a sandbox before the runtime client: tells what is left in memory after a collection, when asked.
process.on('message', () => {
  globalThis.gc();
  // Buffers are given back a moment after their objects.
  setImmediate(() => {
    globalThis.gc();
    process.send(process.memoryUsage());
  });
});
// Whoever asks must not keep the process alive.
process.channel.unref();
