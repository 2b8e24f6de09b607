// What a QR code in front of the camera says. The browser's own reader where it has one; else (iPhones, Firefox and most
// desktops have none) jsQR, fetched from us when the camera is first asked for.

const WIDTH = 640; // enough for a code that fills a third of the picture

async function ownReader() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => {
    const [found] = await detector.detect(video).catch(() => []);
    return found ? found.rawValue : "";
  };
}

async function fetchedReader(address) {
  await import(address);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (!video.videoWidth) return "";
    canvas.width = Math.min(WIDTH, video.videoWidth);
    canvas.height = Math.round((video.videoHeight * canvas.width) / video.videoWidth);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = context.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(picture.data, picture.width, picture.height, { inversionAttempts: "dontInvert" })?.data || "";
  };
}

// Whether there may be a camera: browsers show none to pages that did not come over a safe connection.
export const mayHaveCamera = Boolean(navigator.mediaDevices?.getUserMedia);

// A function from a video to the text of the code in it, "" where there is none.
export async function reader(address) {
  return (await ownReader()) || fetchedReader(address);
}
