// Answers images, so that the page never waits: 784 bytes come, 10 probabilities go.
const net = WebAssembly.instantiateStreaming(fetch("digits.wasm")).then((made) => made.instance.exports);

onmessage = async ({ data: image }) => {
  const { memory, pixels, probabilities, run } = await net;
  new Uint8Array(memory.buffer, pixels(), 784).set(image);
  run();
  postMessage(new Float32Array(memory.buffer, probabilities(), 10).slice());
};
