/** The part of seek-bzip that is used; it comes without types. */
declare module 'seek-bzip' {
  interface ByteSink {
    writeByte(byte: number): void;
    flush(): void;
  }
  const bunzip: {
    /**
     * Unpacks all of `input` into `output`.
     *
     * @param multistream go on after the first stream, as bzip2 does
     */
    decode(input: Buffer, output: ByteSink, multistream: boolean): void;
  };
  export default bunzip;
}
