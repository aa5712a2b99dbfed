import { AppError, type Finding } from '../../errors.ts';

/** The findings of `check`, or the error that it throws as one. */
export function catchFinding(check: () => readonly Finding[]): readonly Finding[] {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [toFinding(error)];
  }
}

function toFinding(error: AppError): Finding {
  const { code, path, line, column, hint = '' } = error;
  const place = [path, line, column].filter((part) => part !== undefined).join(':');
  // The place is a part of its own in a finding, and not said twice.
  const isPlaced = path !== undefined && error.message.startsWith(`${place}: `);
  const message = isPlaced ? error.message.slice(place.length + 2) : error.message;
  return {
    code,
    severity: 'error',
    ...(path === undefined ? {} : { path }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    message,
    hint,
  };
}
