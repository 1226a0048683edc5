/** A photo is drawn anew before it leaves the device: smaller, and without what says where and by what it was taken. */

const LONGEST = 1_600;
const QUALITY = 0.8;

export async function drawnAnew(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return await new Promise((made, failed) => {
    canvas.toBlob((blob) => (blob ? made(blob) : failed(new Error('the picture could not be drawn'))), 'image/jpeg', QUALITY);
  });
}
