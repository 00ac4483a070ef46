export interface ExplainReportArgs {
  input: string;
  json?: boolean;
  title?: boolean;
  bucket?: string;
}
export interface ReportIo {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
}
export async function explainReportCommand(_args: ExplainReportArgs, _io: ReportIo): Promise<number> {
  return 0;
}
