import { roleOfDriver } from './block-drivers.ts';
import { type CompleteNode, textOption } from './block-node.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/**
 * Options for the backing file, such as `backing.driver=qcow2`, that leave it to the image to name it (block.c
 * bdrv_open_backing_file). Null: they name it themselves, or there are none; -blockdev must name it.
 */
export function backingOptions({ definition, options }: CompleteNode): JsonObject | null {
  const backing = options.get('backing');
  if (definition.source === 'blockdev' || !isJsonObject(backing)) return null;
  const driver = textOption(backing, 'driver');
  const isImage = driver === null || roleOfDriver(driver) === 'format';
  return isImage && !namesFile(backing.get('file')) ? backing : null;
}

function namesFile(file: Json | undefined): boolean {
  if (!isJsonObject(file)) return file !== undefined;
  return file.has('filename') || file.has('driver');
}
