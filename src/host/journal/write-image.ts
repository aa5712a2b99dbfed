import type { Root } from '../root.ts';
import { writeFile } from '../write-file.ts';
import { type FileImage, writeAttributes } from './file-image.ts';

/** Puts a file into its place as the image says, by way of this temporary name. Throws VP_FILE_WRITE. */
export function writeImage(
  root: Root,
  path: string,
  image: FileImage,
  temporaryName: string,
): void {
  const { content, attributes } = image;
  const give = attributes && ((made: number) => writeAttributes(root, made, attributes));
  writeFile(root, path, content, image, give, temporaryName);
}
