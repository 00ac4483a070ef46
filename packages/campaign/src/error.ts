/** A campaign that cannot be read, is in use, or is none; the message says so in one line. */
export class CampaignError extends Error {
  override readonly name = 'CampaignError';
}
