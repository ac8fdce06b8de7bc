/** Object ids of element types (https://www.postgresql.org/docs/current/catalog-pg-type.html). */
const textType = 25;
const int4Type = 23;
const int8Type = 20;

/** Dimensions, flags, element type; then the length and the lower bound of the one dimension. */
const headerSize = 20;

/**
 * An array of text in the binary form that `array_recv` of PostgreSQL reads: as text, each quote of its JSON would be escaped here
 * and unescaped there, a sixth of the time that a batch takes.
 */
export function textArray(values: readonly string[]): Buffer {
  let size = headerSize;
  for (const value of values) size += 4 + Buffer.byteLength(value);
  const array = arrayOf(textType, values.length, size);
  let at = headerSize;
  for (const value of values) {
    const length = array.write(value, at + 4);
    array.writeInt32BE(length, at);
    at += 4 + length;
  }
  return array;
}

/** An array of integer, likewise; each fits into 32 bits. */
export function integerArray(values: readonly number[]): Buffer {
  const array = arrayOf(int4Type, values.length, headerSize + 8 * values.length);
  let at = headerSize;
  for (const value of values) {
    array.writeInt32BE(4, at);
    array.writeInt32BE(value, at + 4);
    at += 8;
  }
  return array;
}

/** An array of bigint, likewise. */
export function bigintArray(values: readonly number[]): Buffer {
  const array = arrayOf(int8Type, values.length, headerSize + 12 * values.length);
  let at = headerSize;
  for (const value of values) {
    array.writeInt32BE(8, at);
    array.writeBigInt64BE(BigInt(value), at + 4);
    at += 12;
  }
  return array;
}

function arrayOf(elementType: number, length: number, size: number): Buffer {
  const array = Buffer.allocUnsafe(size);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(elementType, 8);
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
  return array;
}
