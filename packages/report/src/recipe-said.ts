/*
 * What a person says of a command, in front of it and behind it: that it brings the panic on, that it does
 * not, how often it was run.
 */

/** Words that a reporter puts before the command that brings the panic on. */
const LEAD =
  /\b(?:duplicate|reproduce|reproduced|repeat|recipe|trigger|triggered|provoke|recreate|how-to-repeat|reproducer|reproducing|reproduction|test ?case|steps|try|run|running|ran|type|typing|execute|doing|issue|compile|compiled)\b/i;

/**
 * What a sentence says that brings the panic on, where the command stands on a line of its own behind a
 * prompt: `I can make it panic every time with`, `it crashes when I do`.
 */
const BRINGS =
  /\b(?:panic(?:s|ked|king)?|crash(?:es|ed|ing)?|dies|hangs?|happens|occurs)\b[^.!?]{0,60}\b(?:with|by|when|whenever|if|as follows|like this)\b[^.!?]{0,40}:?\s*$/i;

/** The same in the shortest: `This crashes the machine:`, `It is reproducible with the following:`. */
const BRINGS_THIS =
  /\b(?:this|that|the following|it)\b[^.!?]{0,30}\b(?:panic|crash|hang|kill)(?:s|es)\b[^.!?]{0,40}:\s*$|\b(?:reproducible|repeatable|(?:easily|readily|reliably|always) (?:repeated|reproduced|triggered))\b[^.!?]{0,60}:\s*$/i;

/** What is said not to bring it on. */
const NOT_SO = /\b(?:not|never|nobody|no one|cannot|no longer|unable|without)\b|n't\b/i;

/** Whether a place ends a sentence, or a half of it against which the other is set. */
function isEnd(text: string, i: number): boolean {
  switch (text.charCodeAt(i)) {
    case 33: // !
    case 46: // .
    case 59: // ;
    case 63: // ?
      return text.charCodeAt(i + 1) === 32;
    case 44:
      return text.startsWith(', but ', i) || text.startsWith(', only ', i);
    case 32:
      return text.charCodeAt(i + 1) === 45 && text.startsWith(' - but ', i);
    default:
      return false;
  }
}

/** Where the sentence begins, or the half of it, in which a place is. */
function beginOf(text: string, at: number): number {
  let i = Math.min(at, text.length - 1);
  while (i >= 0 && !isEnd(text, i)) i--;
  return i + 1;
}

/** The last sentence of a text, as far as its full stops tell. */
export const lastSentence = (text: string): string => text.slice(beginOf(text, text.length));

/** Is the sentence that a text ends with a denial? */
export const isDenied = (text: string): boolean => NOT_SO.test(lastSentence(text));

/** Does the sentence at the end of a line say that what stands below it brings the panic on? */
export function bringsIt(text: string): boolean {
  const brings = BRINGS.exec(text) ?? BRINGS_THIS.exec(text);
  if (brings === null) return false;
  return !NOT_SO.test(text.slice(beginOf(text, brings.index)));
}

/** What stands between a denial and the word that it denies: `not been able to`, `not reproducible by`. */
const DENIED =
  /(?:\b(?:not|never|cannot|unable|failed|no longer)|n't)(?: (?:been|be|able|to|yet|ever|even|easily|reliably|always|reproducible|repeatable|by|with|when))*\s*$/i;

/** What a machine is, or has always done: `runs on two disks`, `running as a router`. */
const IS_STATE =
  /^(?:(?:runs|running|ran) (?:on|as(?! root)|fine|well|ok(?:ay)?|for|since|smoothly|stable|under|with(?! ["'`])|an? (?:[\w-]+ ){0,3}(?:kernel|router|server|firewall|gateway|system|jails?|vms?|desktop|cluster)|services?|(?:Free|Net|Open)BSD|DragonFly|-?current|-?stable|GENERIC|\d)|compiled? (?:[\w-]+ ){0,3}kernel|(?:try|steps|doing|run|running|type)\b[^.!?:]{0,60}\b(?:(?:makes?|made) (?:it|this|the \w+) go away|to (?:debug|diagnose|recover|repair|analy[sz]e)|patch(?:es)?)\b)/i;
/** `has run`, `I can run`, `upgraded by running`: it was not then, or was for something else. */
const NOT_THEN =
  /\b(?:has|have|had) $|\bI(?:'ll| can| could| will| would| shall| am going to|'d be happy to) (?:also |still |always |now )?$|\b(?:workaround|upgraded|updated|installed|recovered|repaired|fixed|mended)\b[^.!?]{0,30}$/i;

/** Does a line say of a machine, by a word such as `running`, what it is, and not what was done with it? */
function tellsOfState(before: string, from: string): boolean {
  if (tellsOfDeath(before) || tellsOfDeath(from)) return false;
  return IS_STATE.test(from) || (MERELY.test(/^\w*/.exec(from)![0]) && NOT_THEN.test(before));
}

/** The first word of a line that a command may stand behind, and that is not denied. */
export function leadIn(text: string): RegExpExecArray | null {
  for (let from = 0; ; ) {
    const lead = LEAD.exec(text.slice(from));
    if (lead === null) return null;
    lead.index += from;
    const before = text.slice(0, lead.index);
    if (!DENIED.test(before) && !tellsOfState(before, text.slice(lead.index))) return lead;
    from = lead.index + lead[0].length;
  }
}

const WHO = '(?:I|we|you|root|somebody|someone|anybody|one|he|she|they|a user|any user|users)';
const DOES =
  '(?:do|does|did|doing|use|uses|used|using|start|starts|started|starting|runs?|ran|running|try|tried|types?|typed|typing|enters?|entered|executes?|executed|executing|issued?|invoke[sd]?|call(?:s|ed)?|launch(?:es|ed)?|give|gave)';

/** `The machine panics whenever I do a ...`: the command stands at once behind it. */
const ON_DOING =
  /\b(?:panic|crash|hang|die|freeze|reboot|kill|lock|happen|occur)\w*\b[^.!?]{0,60}?\b(?:with|by|when(?:ever)?|if|upon|after|from|of|during|(?:every|each) time|as soon as|once)\b/i;
const NUMBER = '(?:an?|one|two|three|four|five|six|ten|\\d{1,3}|several|a few|some)';
/** `It needs two or three \`...\``: the command is set off, or these are words of something else. */
const NEEDS = `\\bit (?:only |just |usually )?(?:needs|takes|needed|took) (?:just |only )?${NUMBER}(?: (?:or|to) ${NUMBER})?(?: (?:runs?|rounds?|invocations?) of)?(?= ["'\`])`;
/** `Whenever I do a ..., it panics` */
const DOING = new RegExp(
  `\\b(?:when(?:ever)?|if|(?:every|each) time|as soon as|once|after) ${WHO} ${DOES}\\b|\\b${WHO} (?:just |only |simply )?(?:was |were )?${DOES}\\b|\\bit (?:(?:is|was) (?:enough|sufficient)|suffice[sd]) to ${DOES}\\b|\\bbeing \\w{3,14} (?:with|using|via|by)\\b|${NEEDS}`,
  'i',
);
/** What may stand between such words and the command. */
const BETWEEN = new RegExp(
  `^(?: (?:${WHO}|${DOES}|is|am|are|was|were|a|an|the|this|simple|plain|single|following|commands?|just|simply|only|something|like|as|again|(?!(?:no|any|some|every)thing)[a-z]{3,12}ing(?: (?:it|them))?(?: with| by)?))*[:,]? ?["'\`]?$`,
  'i',
);
/** `Command line: ...` */
const LABEL =
  /^(?:the |my )?(?:command(?: ?line)?|cmd(?: ?line)?)(?: (?:was|used|run|that (?:was|i) (?:run|ran|used)|i (?:ran|used)))?:|^how ?: |^to (?:get|see|make|cause|produce|have|crash|panic|kill|hang) [^:.]{1,40}[:,]|^(?:then |just |please |simply )?(?:run|try|do|type|execute|use) (?:this|that|the following)[^.:]{0,30}:/i;

const DONE: readonly RegExp[] = [LABEL, ON_DOING, DOING];

/**
 * Where a sentence of a line says that what comes next was done, by other words than those of LEAD; the
 * command must follow at once, which `followsAtOnce` tells. The offset behind these words, or -1.
 *
 * @param ways which of the expressions can find something, as `waysDone` tells
 */
export function doneBehind(text: string, ways = 7): number {
  for (let i = 0; i < DONE.length; i++) {
    if ((ways & (1 << i)) === 0) continue;
    const m = DONE[i]!.exec(text);
    if (m !== null && !isDenied(text.slice(0, m.index + m[0].length))) return m.index + m[0].length;
  }
  return -1;
}

/** Does the command follow at once, but for words of no meaning of their own? */
export const followsAtOnce = (between: string): boolean => BETWEEN.test(between);

const OFTEN =
  '(?:reliably|always|usually|easily|readily|consistently|immediately|instantly|quickly|at once|just|then|also|often|sometimes|almost|invariably|every time|each time|alone|here|as root|soon|finally|eventually|suddenly)';
const IT =
  '(?:it|the (?:whole )?(?:machine|box|system|kernel|server|host|computer|thing|console)|everything|this machine|that machine)';

/** `... reliably kills it`, `... will crash the machine`, of a command. */
const KILLS = new RegExp(
  `^,? ?(?:${OFTEN},? |is enough to |is sufficient to |suffices to |seems to |appears to |will |would |does |can |may |might )*(?:kill|crash|panic|hang|freeze|wedge|lock|trigger|provoke|reproduce)(?:s|es)?\\b(?! (?:no|nothing|none|neither)\\b)|^,? ?(?:${OFTEN},? )*(?:(?:takes|took)(?! (?:about |up to |some |only )?(?:\\d|an? |long|ages|hours|minutes|seconds|too))|brings|brought|killed|crashed|panicked|hung|froze|wedged|triggered|provoked|does it|did it|does the trick|(?:leads|led) to (?:a|the|this) (?:panic|crash)|cause[sd] (?:a|the|this) (?:panic|crash))\\b`,
  'i',
);
/** `... is enough`, of a command, and nothing that it is enough for. */
const ENOUGH =
  /^,? ?(?:alone |by itself |as root )?(?:(?:is|was|seems|be) (?:usually |often |always |already |quite )?(?:enough|sufficient)|suffices|sufficed)(?=[.,;!]|$)/i;
/** `... and it died`, `... when the machine panicked`, of whom a command was run by. */
const DIED = new RegExp(
  `^,? ?(?:when|and|then|and then|until|as)(?: then)? ${IT} (?:${OFTEN} )*(?:died|dies|panicked|panics|paniced|crashed|crashes|hung|hangs|froze|freezes|went down|goes down|fell over|falls over|locked up|locks up|rebooted|reboots)\\b`,
  'i',
);

const DEATH = '(?:panics?|panique|panik|p[a\u00e1]nico|crash(?:es)?|absturz|plantage|reboot)';
/** `... gives the same panic`, in the languages in which people write as well. */
const GIVES = new RegExp(
  `^,? ?(?:then )?(?:${OFTEN} )*(?:gives?|gave|yields?|produces?|produced|results? in|resulted in|ends? in|ended in|donne|provoque|d\u00e9clenche|f\u00fchrt zu[rm]?|provoca)(?! (?:no|nothing|none|neither|pas|aucune?|keine?n?)\\b) (?:[^\\s.!?;,:]+ ){0,4}?${DEATH}(?=[\\s.,;:!]|$)`,
  'i',
);
/** `... -> kernel panic` */
const ARROW = new RegExp(
  `^ ?(?:-{1,2}>|={1,2}>|[\\u2192\\u21d2]) ?(?:(?!no\\b|not\\b)[^\\s.!?;,:]+ ){0,4}?${DEATH}(?=[\\s.,;:!]|$)`,
  'i',
);
/** `... under load makes it more likely` */
const WORSE =
  /^[^.!?;,:]{0,30}?\bmakes? (?:it|this|the (?:panic|crash)) (?:(?:much|far|a lot|even) )?(?:(?:more (?:likely|frequent|often)|easier|quicker|faster)\b|(?:happen|come|appear|occur)(?! less)\b)/i;
/** `... ends like this`, right above the panic. */
const LIKE_THIS =
  /^[^.!?;,:]{0,40}?\b(?:ends|ended|dies|died|goes|went|does|did|gives|gave|causes|caused|leads to|led to|results in|resulted in|gets me|got me|brings|brought) (?:up )?(?:(?:in|with) )?(?:like )?(?:this|that|the following)\b/i;

/** Does what stands behind a command say that it brings the panic on, or that the machine died of it? */
export const isBlamed = (behind: string): boolean =>
  [KILLS, DIED, ENOUGH, GIVES, ARROW, WORSE].some((each) => each.test(behind));

/** `... in a cron job:`, of what ran before the panic that stands below. */
const RUN_FROM =
  /^,? ?(?:run |started )?(?:in|from|by) (?:an? |the |my )?(?:cron(?:tab)?|script|rc\.local)\b/i;

/** The same, or that what stands below came of it. */
export const isBlamedAbove = (behind: string): boolean =>
  isBlamed(behind) || LIKE_THIS.test(behind) || RUN_FROM.test(behind);

/** `... shows this`: is it said behind a command what it has printed, and no more? */
export const isAnswered = (behind: string): boolean =>
  /^,? ?(?:always |also |then )?(?:shows?|showed|says?|said|reports?|reported|prints?|printed|displays?|displayed|lists?|listed|reads?|returns?|returned|tells?|told)\b/i.test(
    behind,
  );

/** `After`, `whenever` in front of a command that is set off. */
const THEN_DIED = /\b(?:after|when(?:ever)?|upon|on|once)(?: (?:an?|the|my|each|every))? ["'`]?$/i;
/** What is done with a system so that it is another one, not that it dies. */
const RENEWS =
  /^(?:freebsd-update|sysupgrade|syspatch|pkgin|pkg_add|portupgrade|etcupdate|mergemaster|make (?:-\S+ )*install)/;
/** Is it said in front of a command that what stands below came behind it, and behind it no more? */
export const isThenDied = (before: string, command: string, behind: string): boolean =>
  THEN_DIED.test(before) && !RENEWS.test(command) && !/^,? ?(?:and|or|then|followed by|plus)\b/i.test(behind);

/** `It is when "..." runs`, `..., when a "..." is run` */
const AT_THE_TIME =
  /(?:\b(?:time|it|this|that|panics?|crash(?:es)?|always|only) (?:is|was|are|were|happens|happened|comes|came|occurs|occurred)|\b(?:panics|crashes|panicked|crashed|dies|died|hangs|hung))(?: \w+)?,? (?:when(?:ever)?|while|once|as soon as|(?:every|each) time)(?: (?:an?|the|my|our))? ["'`]$/i;
const IS_RUN =
  /^(?:runs|ran|is (?:being )?(?:run|running|started|executed)|was (?:being )?(?:run|running|started|executed)|starts|started)\b/i;
/** Does a sentence say of what it quotes that the panic came at the time when it ran? */
export const ranThen = (before: string, behind: string): boolean =>
  AT_THE_TIME.test(before) && IS_RUN.test(behind.trim()) && !isDenied(before);

/** That something is put right, or keeps off what was wrong. */
const MENDS =
  /\b(?:fix(?:es|ed|ing)?|mend(?:s|ed|ing)?|work(?:s|ed|ing)? (?:it )?around|workarounds?|avoid(?:s|ed|ing)?|prevent(?:s|ed|ing)?|cure[sd]?|solve[sd]?|(?:go(?:es)?|went|gone) away|disappear(?:s|ed)?|helps|helped|gets? rid|got rid)\b/i;

/** What made no difference, as it is said at once behind it: `, no help`, `, but it still panics` */
const IN_VAIN =
  /^["'`)]*[,;]? ?(?:and |but |yet |though |with )*(?:(?:it|that|this|these|the \w+) )?(?:still\b|no (?:help|luck|change|improvement|difference|effect|success|joy|dice)\b|(?:makes?|made|has|had|have) no (?:difference|effect|impact)\b|(?:did|does|do)(?: not|n't) (?:help|change|matter|improve|make (?:a|any))\b)/i;
/** Before it, that it was. */
const TRIED =
  /\b(?:tr(?:y|ied|ying)|set(?:ting)?|disabl(?:ed|ing)|enabl(?:ed|ing)|turn(?:ed|ing)|chang(?:ed|ing)|add(?:ed|ing)|remov(?:ed|ing))(?: (?!to\b)[\w-]+){0,3}:? ["'`(]?$/i;

const lastClause = (before: string): string =>
  lastSentence(before)
    .split(/[,;]|\b(?:but|however|until)\b/i)
    .at(-1)!;

/** Does the clause of a sentence that a command stands in say that it mends something, or was to? */
export function isMending(before: string, behind: string): boolean {
  if (TRIED.test(before) && IN_VAIN.test(behind)) return true;
  const inFront = MENDS.test(before) && MENDS.test(lastClause(before));
  // What is said of it at once behind it counts more: `... after the fix still panics`.
  return (inFront || MENDS.test(/^[^.!?,;:]{0,30}/.exec(behind)![0])) && !isBlamed(behind);
}

/** What people do about a panic: another system is started, or what is broken is put right. */
const AFTERWARDS =
  /\b(?:(?:re)?boot(?:s|ed|ing)? (?:up |back )?(?:(?:from|into|in|to|with|off|using) )?(?:(?:an?|the|my|some|its) )?(?:linux|ubuntu|debian|knoppix|live\b|live-?cd|rescue|recovery|install(?:er|ation)|cd\b|cd-?rom|dvd|usb|memory stick|stick|floppy|single[- ]user|(?:old|previous|last|other|backup) |kernel\.(?:old|prev))|rescue (?:cd|disk|dvd|system|shell|image|mode|stick)|live-? ?cd|(?:to|could|can|had to|then|and) (?:recover|repair|rescue|salvage|fix|undelete)|(?:recovered|repaired|rescued|salvaged|fsck(?:ed|'ed|ing))\b|to get (?:it|them|the \w+|my \w+) (?:back|up again|working|to boot)|(?:came|is|was|got) (?:it )?back up\b|to (?:get|collect|gather|extract|obtain|analy[sz]e|inspect) (?:(?:the|an?|more|some|all|any) )?(?:\w+ )?(?:dump|core|backtrace|info\w*|details|stack trace|message buffer)\b|bisect(?:s|ed|ing|ion)?\b)/i;
/** What makes a story of that one of the panic again. */
const BACK_TO_IT =
  /\b(?:reproduc|repeat|trigger|provok|recipe|how-to|steps|test ?case|panic|crash|hang|hung|dies|died|same|again|(?:every|each) time)/i;
/** Does a paragraph tell, up to a command that stands behind the panic, of what was done about that? */
export const isAftermath = (before: string): boolean =>
  AFTERWARDS.test(before) && !BACK_TO_IT.test(lastSentence(before));

/** `..., the box panics`, `I got:`, below a sentence that goes on with a command: `If I run` */
const DIES = new RegExp(
  `^,? ?(?:then )?${IT} (?:${OFTEN} )*(?:panics|crashes|dies|hangs|freezes|reboots|goes down|falls over|locks up|panicked|crashed|died|hung|froze|rebooted)\\b`,
  'i',
);
export const diesBelow = (below: string): boolean =>
  DIES.test(below) ||
  isBlamed(below) ||
  /^(?:gives|gave|yields|yielded|produces|produced|results in|ends in|ended in)\b[^.!?]{0,60}:\s*$/i.test(
    below,
  ) ||
  /^,? ?(?:then )?(?:I|we) (?:get|got|see|saw) ?(?:this|the following|an? panic|the panic)?\s*:$/i.test(
    below,
  );

/** Words of blame, by which a line that is worth a look is known. */
export const MAY_BLAME =
  /\b(?:kill|crash|pani|hang|hung|die[ds]?\b|fr[eo]ez|froze|wedge|lock|trigger|provok|reproduc|does it|did it|makes? (?:it|this|the)\b|["'`] (?:runs|ran|(?:is|was) (?:being )?(?:run|running|started|executed)|starts|started)\b|does the trick|brings|brought|takes|took|cause|enough|suffic|twice|thrice|times|loop|repeatedly|again and|over and)/i;

/** What is said behind a command of it: `does not panic`, `didn't crash it`. */
const DENIED_BEHIND =
  /^,?\s*(?:as root |here |alone |by itself )?(?:nothing\b|(?:do|does|did|will|would|has|have|can|could)(?: not|n't| never)|won't|cannot)\b/i;
/** That all went well, and that it did not, in the sentence behind a command. */
const WENT_WELL =
  /\b(?:in vain|no luck|to no avail|(?:no|without) (?:success|effect|result)|(?:works?|worked|is|was|runs?|ran|goes|went) (?:just |perfectly |all )?(?:fine|well|ok|okay|smoothly)|without (?:an? |any |the )?(?:\w+ )?(?:problem|trouble|panic|crash|hitch|issue)s?|no (?:problem|panic|crash|trouble)s?|nothing happen(?:s|ed)|survive[sd]?|(?:(?:do|does|did|would|has|have|is|was) not|(?:do|does|did|would|has|have|is|was)n't|never) (?:panic|crash|die|hang|kill|reproduce|trigger|help|happen)\w*)\b/i;
const WENT_WRONG = /\b(?:panic|crash|die|dies|died|hang|hung|kill|froze|freeze)(?:s|es|ed|ked)?\b/i;

/**
 * What the rest of a sentence says against a command: nothing; that it does not bring the panic on; or both.
 */
export function saidAgainst(behind: string): 'nothing' | 'denied' | 'both' {
  if (DENIED_BEHIND.test(behind)) return 'denied';
  // What comes later in the sentence is about another system, or another day.
  if (isBlamed(behind)) return 'nothing';
  const end = /[.!?](?= |$)/.exec(behind);
  const rest = end === null ? behind : behind.slice(0, end.index);
  const well = WENT_WELL.exec(rest);
  if (well === null) return 'nothing';
  return WENT_WRONG.test(rest.replace(well[0], '')) ? 'both' : 'denied';
}

/** Does the sentence in front of a command say that all went well with it? */
export function wentWellBefore(before: string): boolean {
  const clause = lastSentence(before)
    .split(/\b(?:but|however|until)\b/i)
    .at(-1)!;
  if (/\bused to\b/i.test(clause)) return true;
  // `do not run`, `nobody should ever run`: what is said between commas or behind `when` has another verb.
  const last = clause.split(/\b(?:when(?:ever)?|if|while|and|as|because|so)\b|[,;:]/i).at(-1)!;
  if (NOT_SO.test(last)) return true;
  return WENT_WELL.test(clause) && !WENT_WRONG.test(clause.replace(WENT_WELL, ''));
}

const COUNTS = 'two three four five six seven eight nine ten eleven twelve'.split(' ');
const ABOUT = '(?:about|some|maybe|around|roughly|at least|up to|more than)';
/** How often, behind a command. */
const REPEATED = new RegExp(
  `^(?: (?:for|as|on|from|at) (?:\\w+ ){0,2}\\w+,|[;,.] (?:and )?(?:I )?(?:run|ran|do|did|start|started) (?:it|this|that)|(?: for (?:that|this|it))?,?) ?(?:and )?(?:just |only )?(?:for )?(${ABOUT} )?(?:(once)|(twice)|(thrice)|(${COUNTS.join('|')}|\\d{1,6}) times|((?:several|many|multiple|some|a few|a couple of|a number of|dozens of|hundreds of|thousands of|lots of) times|again and again|over and over(?: again)?|repeatedly|continuously|(?:in|as) (?:a |an )?(?:\\w+ )?loops?|until it (?:dies|died|panics|panicked|crashes|crashed)))(?![\\w-])`,
  'i',
);

/** How often a command was run, as a text says it at once behind it. */
export interface Repeated {
  /** 0 for again and again: how often is not said */
  times: number;
  /** Characters that say so */
  length: number;
}

/** Reads `twice`, `three times`, `, several times`, `in a loop` at the beginning of a text. */
export function repeatedBy(behind: string): Repeated | undefined {
  const m = REPEATED.exec(behind);
  if (m === null) return undefined;
  const [{ length }, about, once, twice, thrice, count] = m;
  if (once !== undefined) return { times: 1, length };
  if (about !== undefined) return { times: 0, length };
  if (twice !== undefined) return { times: 2, length };
  if (thrice !== undefined) return { times: 3, length };
  if (count === undefined) return { times: 0, length };
  const word = COUNTS.indexOf(count.toLowerCase());
  return { times: word < 0 ? Number(count) : word + 2, length };
}

const MANY = `(${COUNTS.join('|')}|[2-9]|[1-3]\\d)`;
const TOGETHER = '(?:at the same time|at once|in parallel|simultaneously|concurrently|side by side)';
const PLACE = '(?:window|terminal|xterm|shell|session|vty|console|screen|tty|login)';
const PLACES = `(?:in|on|from) ${MANY}(?: \\w+)? ${PLACE}s\\b`;
/** `three copies of`, `in two xterms:` before a command. */
const ABREAST_BEFORE = new RegExp(
  `(?:\\b${MANY} (?:copies|instances|processes) of|\\b${PLACES}(?: ${TOGETHER})?(?: \\w+)?[:,]?)\\s*["'\`]?$`,
  'i',
);
/** `in three xterms`, `, two of them at the same time`, `four times in parallel` behind one. */
const ABREAST_BEHIND = new RegExp(
  `^[,;]? ?\\(?(?:${PLACES}(?! each)|(?:${MANY}(?: of (?:them|these|those)| copies| instances| times)?|(twice)) ${TOGETHER})`,
  'i',
);

/** In how many copies at once a sentence says that a command was run, before or behind it. */
export function copiesOf(before: string, behind: string): number | undefined {
  const [, ...counts] = ABREAST_BEFORE.exec(before) ?? ABREAST_BEHIND.exec(behind) ?? [];
  const count = counts.find((each) => each !== undefined);
  if (count === undefined) return undefined;
  if (/^twice$/i.test(count)) return 2;
  const word = COUNTS.indexOf(count.toLowerCase());
  return word < 0 ? Number(count) : word + 2;
}

/** `repeatedly running ...`, `Run in a loop: ...` */
export function repeatedBefore(lead: string): number | undefined {
  const m =
    /(?:^| )((?:in an? (?:\w+ )?loop|repeatedly|again and again|\w+ times|twice))(?: \w+)?:? ?["'`]?$/i.exec(
      lead,
    );
  return m === null ? undefined : repeatedBy(m[1]!)?.times;
}

/** `A simple`, `just running`: a sentence that goes on with a command on a line of its own. */
const GOES_ON =
  /\b(?:an?|the|simple|plain|single|just|by|with|run|running|ran|doing|command|typing|executing)\s*$|[,;] (?:and )?then\s*$/i;
export const goesOn = (text: string): boolean => GOES_ON.test(text) && !isDenied(text);

/** `e.g. on the new server I do`, and the command on a line of its own. */
export const endsDoing = (text: string): boolean =>
  'deno'.includes(text.charAt(text.length - 1)) &&
  /\b(?:I|we) (?:do|did|run|ran|type|typed|execute|executed|use|used)$/i.test(text) &&
  !isDenied(text);

/** Does a line that a command may stand behind say of it no more than that somebody did it? */
export const tellsOfDoing = (lead: RegExpExecArray | null, text: string): boolean =>
  (lead !== null && MERELY.test(lead[0])) || endsDoing(text);
const MERELY = /^(?:try|run|running|ran|type|typing|execute|doing|issue|compile|compiled)$/i;

/** `I ran:`, `Run this:`, `Then I typed` */
const TOLD = new RegExp(
  `(?:\\b${WHO} (?:just |then |only |simply )?(?:was |were )?${DOES}|^(?:then |just |please |simply )?(?:run|try|do|type|execute|use|start)(?: (?:this|that|the following|it))?|\\bthe following(?: commands?)?|\\bcommand(?: ?line)?(?: was)?)\\b[^.!?:]{0,30}:\\s*$`,
  'i',
);

/** `To reproduce I start`, `It can be triggered by running`: a sentence that the command ends */
const OPEN = new RegExp(
  `\\b(?:reproduc|repeat|trigger|provok|duplicat|recreat)\\w*\\b[^.!?:]{0,40}? (?:${WHO} |by )?(?:just |only |simply )?${DOES}[,:]?\\s*$`,
  'i',
);

/** `The machine runs a test of msync on NFS:` */
const RUNS = new RegExp(
  `^\\s*${IT} (?:runs|was running|ran)\\b(?! (?:on|as|fine|with|under)\\b)[^.!?:]{0,60}:\\s*$`,
  'i',
);

/** Does a line end with words that say of the command on the next line that it was, or should be, run? */
export const tellsNext = (text: string): boolean =>
  (TOLD.test(text) ||
    OPEN.test(lastSentence(text)) ||
    RUNS.test(lastSentence(text)) ||
    (/(?::|[,;:] (?:and )?then)\s*$/.test(text) && leadIn(lastSentence(text)) !== null)) &&
  !isDenied(text) &&
  (tellsOfDeath(lastSentence(text)) || !isMending(text, ''));

/** `My way to it: a shell loop,`: does a line end with words of the loop on the next one? */
export const tellsLoop = (text: string): boolean =>
  /\b(?:an?|the|this|my|following)(?: (?:shell|sh|bash|simple|small|little|short|endless|infinite|while|for|until))* loop\s*[,:]\s*$/i.test(
    text,
  ) && !isDenied(text);

/** `start dd with a block size of 60 megabytes`: a program that makes a load, and its operands in words. */
const IN_WORDS =
  /\b(?:starts?|started|starting|runs?|ran|running|uses?|used|using|executed?|executing|launch(?:ed|ing)?|invoked?|try|tried|trying|do|did|doing) (?:(?:an?|the|one|two|some|several|many|my|copies of) )*["'`]?((dd|memcheck|hog|churn|sleepers|torment|respawn|fsx|postmark|bonnie|dbench|iperf|stress2?)["'`]? (?:with|using|of|from|to|on|over|at|reading|writing|copying)\b [^.!?]{3,80})/i;

/** Does a text say that a machine died? */
export const tellsOfDeath = (text: string): boolean =>
  /\b(?:panic|crash|hang|hung|die[ds]?\b|dying|kill|fr[eo]ez|froze|reboot|lock(?:s|ed) up)/i.test(text);

/** What a sentence tells in words of how a program was run; undefined: nothing, or that it did not help. */
export function toldInWords(text: string): { program: string; words: string; at: number } | undefined {
  const m = IN_WORDS.exec(text);
  if (m === null || isDenied(text.slice(0, m.index)) || saidAgainst(text.slice(m.index)) !== 'nothing')
    return undefined;
  const words = m[1]!.split(/,|;| and | until /)[0]!.trim();
  return { program: m[2]!, words, at: m.index + m[0].indexOf(m[1]!) };
}

/** `In one window ..., in another ...`, `From two xterms: ..., in the second ...` */
export const ONE_WINDOW = new RegExp(
  `\\b(?:(?:two|2)(?: \\w+)? ${PLACE}s\\b[^.!?]{0,20}[;:,.]? (?:and )?(?:in|on|from) the first(?: one)?|(?:in|on|from) (?:(?:one|the first|a first|my first) ${PLACE}|${PLACE} (?:1|one|A)|(?:two|2)(?: \\w+)? ${PLACE}s))\\b`,
  'i',
);
export const OTHER_WINDOW = new RegExp(
  `\\b(?:in|on|from) (?:(?:another|the other|the second|a second|a different)\\b(?: (?:one|${PLACE}))?|${PLACE} (?:2|two|B)\\b)`,
  'i',
);

/** `..., but only if` between a command and the one that has to run beside it. */
const ONLY_IF =
  /^["'`]?,? ?(?:but )?(?:only )?(?:if|when|while|with|as long as) (?:(?:an?|the) |I (?:run|have) )?["'`]?(?=[a-z./])/i;
/** That a command was at work beside the other, behind it: `... is running in another xterm`. */
const AT_WORK = new RegExp(
  `^["'\`]?,?(?: in an? (?:\\w+ )?loop)?(?: (?:is|was|runs|ran|running|run|started|going|being|still|also|already))*(?: in an? (?:\\w+ )?loop)? (?:running\\b|(?:in|on|from) (?:the background|(?:another|a second|a different|the other|a parallel)(?: ${PLACE}| one)?)|at the same time|beside it)|^["'\`]? (?:is|was) (?:still |also |already )?running\\b`,
  'i',
);
/** Where the command may stand that had to run beside the one before it; -1 if none is told. */
export const besideAt = (behind: string): number => ONLY_IF.exec(behind)?.[0].length ?? -1;
/** Does a text say behind that command that it was at work meanwhile? */
export const isAtWork = (behind: string): boolean => AT_WORK.test(behind) && !ELSEWHERE.test(behind);
/** `... on another machine`: nothing that this one did. */
const ELSEWHERE =
  /^[^.!?]{0,60}?\b(?:on|from) (?:another|the other|a (?:second|different|remote)|my other|some other) (?:machine|host|box|server|system|computer|laptop|pc|client)\b/i;

const AT_ONE_TIME = new RegExp(`^["'\`]?,? (?:both )?${TOGETHER}(?=[\\s.,;:)!]|$)`, 'i');
/** Does a text say behind two commands that they ran at the same time? */
export const isTogether = (behind: string): boolean => AT_ONE_TIME.test(behind);

/** `Sometimes also with a simple`, behind what was told of another command */
const ALSO_WITH =
  /^["'`]?(?:[.;,] |,? and )(?:(?:it|sometimes|often|but|and|the same|happens|panics|crashes|dies) )*(?:also|as well) (?:(?:happens|panics|crashes|dies) )?(?:with|by|after|when(?:ever)? (?:I|we) (?:run|do|use|start)) (?:(?:an?|the|just|simple|plain|single) )*["'`]?/i;
/** Where another command may stand that does the same as the one before it; -1 if none is told. */
export const alsoAt = (behind: string): number => ALSO_WITH.exec(behind)?.[0].length ?? -1;

/** `..., only with`, `but always when I run`: the half of a sentence that tells, without its verb. */
const ONLY_WITH =
  /(?:, |; )(?:but )?(?:it )?(?:does )?(?:only|always|reliably|every time|often)(?: so)? (?:with|by|after|on|from|when(?:ever)? (?:I|we) (?:run|do|use|start|try)) (?:an? |the )?["'`]?$/i;
/** Is a machine's death denied in one half of a sentence, and told of the command behind the other half? */
export function isOnlyWith(before: string): boolean {
  const m = ONLY_WITH.exec(before);
  if (m === null) return false;
  const half = lastSentence(before.slice(0, m.index));
  return NOT_SO.test(half) && tellsOfDeath(half);
}

const WHILE_DOING = /^(?:while|when|after) [a-z]{2,15}ing\b(?!.* (?:I|we|it) )[^.!?;:]{0,80}[^.!?;]$/i;
/** `While removing an old disk image`: a sentence that the command on the line below goes on with. */
export const isDoing = (text: string): boolean =>
  WHILE_DOING.test(lastSentence(text).trim()) && !isDenied(text);
