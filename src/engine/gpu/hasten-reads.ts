// Firefox 153 looks for finished work ten times a second, and at every submission. Who waits for a buffer and submits nothing waits
// 100 ms for what was there after one: a checkpoint of 120 tensors took 10 seconds to save and takes one so.

/** Milliseconds between two empty submissions, each of which costs hundredths of one. */
const interval = 2;

/** Submits nothing now and then, as long as a buffer of the device waits to be mapped and the device is there. */
export function hastenReads(device: GPUDevice): void {
  let waiting = 0;
  let isLooking = false;
  let isLost = false;
  // Of a lost device some maps never settle.
  void device.lost.then(() => {
    isLost = true;
  });
  const look = () => {
    isLooking = waiting > 0 && !isLost;
    if (!isLooking) return;
    device.queue.submit([]);
    setTimeout(look, interval);
  };
  const hasten = async (mapped: Promise<undefined>): Promise<undefined> => {
    waiting += 1;
    if (!isLooking) setTimeout(look, interval);
    isLooking = true;
    try {
      return await mapped;
    } finally {
      waiting -= 1;
    }
  };
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const mapAsync = buffer.mapAsync.bind(buffer);
    return Object.assign(buffer, {
      mapAsync: (...range: Parameters<GPUBuffer["mapAsync"]>) => hasten(mapAsync(...range)),
    });
  };
}
