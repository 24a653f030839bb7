/**
 * @module upstreams/scan/text-rules: what an attacker says to a model and an honest tool does not.
 * A table, longer than the house's usual file. Scores: 100 decides alone; below that, what honest tools say too, and which
 * needs company. Every text is lower case, in one line.
 */
import type { TextRule } from './rule.ts';

const THE = '(?:the |this |that |your |any |all |every |of |my |our |these |those |its |their ){0,4}';
const USER = `${THE}(?:end[- ]?)?(?:user|human|person|operator|customer|developer|people)`;
const INSTRUCTIONS = '(?:instructions?|prompts?|rules?|guidelines?|directives?|directions|commands?|constraints|safety (?:checks?|measures))';
const SEND =
  '(?:send|forward|post|upload|transmit|append|pass|include|leak|bcc|exfiltrate|submit|copy|attach|insert|embed|put|place|add|provide|supply|report|deliver|email|encode|write)';
const SECRETS =
  '(?:credentials?|api[- ]?keys?|access tokens?|auth tokens?|tokens|passwords?|secrets|private keys?|ssh keys?|environment variables|env vars|cookies|session tokens?|2fa codes?|seed phrases?)';

/** In the order of docs/pins.md. */
export const TEXT_RULES: readonly TextRule[] = [
  // Against the instructions that the model has.
  {
    rule: 'override-instructions',
    score: 100,
    pattern: new RegExp(
      `\\b(?:ignore|disregard|forget|override|bypass|discard|drop|set aside|pay no attention to)\\b[^.]{0,30}\\b(?:previous|prior|above|earlier|preceding|system|safety|original|initial|existing|other|your|all)\\b.{0,24}\\b${INSTRUCTIONS}\\b(?! files?\\b)`,
    ),
  },
  {
    rule: 'override-instructions',
    score: 100,
    pattern:
      /(?:ignore[zr]?|oublie[zr]?) (?:toutes )?les (?:instructions|consignes|règles)|(?:ignoriere|vergiss|missachte) (?:alle |die |bisherigen |vorherigen ){1,3}(?:anweisungen|instruktionen)|(?:ignora|olvida) (?:todas )?las instrucciones|ignor[ae] (?:todas )?(?:as )?instruções|ignora (?:tutte )?le istruzioni|(?:忽略|无视|忘记)[^。]{0,8}(?:指令|指示|说明|提示)|(?:指示|命令)を(?:すべて)?無視|(?:игнорируй|забудь)[^.]{0,20}(?:инструкци|указани)|(?:이전|모든) (?:지시|명령)[^.]{0,6}무시/u,
  },
  {
    rule: 'override-instructions',
    score: 100,
    pattern: /(?:ignore|disregard|forget)(?:all|any)?(?:the)?(?:previous|prior|above)(?:instructions?|prompts?|rules?)/,
  },
  {
    rule: 'override-user',
    score: 100,
    pattern:
      /\b(?:ignore|disregard|override) (?:the |your )?(?:end )?user'?s? ?(?:'s )?(?:intent|wishes|requests?|instructions?|messages?|objections?)\b|\b(?:user|human)\b[^.]{0,40}\b(?:says?|asks?|tells?|types?)\b[^.]{0,40}\b(?:ignore (?:them|it|that)|continue anyway)|regardless of what (?:the )?user (?:says|asks|wants)|\bfrom (?:the )?user as (?:adversarial|malicious|an attack)/,
  },
  { rule: 'new-role', score: 70, pattern: /\byour (?:safety|alignment|security) (?:training|guidelines|filters?|policies|restrictions)\b/ },
  {
    rule: 'persist',
    score: 100,
    pattern:
      /\b(?:prepend|append|include|insert|add|route|send|report|repeat|remember|apply)\b[^.]{0,50}\b(?:every|all|each|any) (?:subsequent|future|later|following|further|other|next)\b[^.]{0,20}\b(?:responses?|answers?|calls?|sessions?|messages?|conversations?|arguments?|repl(?:y|ies)|turns?)\b/,
  },
  { rule: 'persist', score: 100, pattern: /\b(?:remember|for)\b[^.]{0,20}\ball future (?:sessions|conversations|responses|calls)\b/ },
  {
    rule: 'new-role',
    score: 70,
    pattern:
      /\b(?:you are now|from now on,? you|your (?:new|real|true|actual) (?:task|role|goal|purpose|objective|job|instructions?)|new (?:system )?instructions?:|act as (?:an? )?(?:unrestricted|root|administrator)|(?:developer|dan|god|jailbreak|unrestricted) mode|you (?:have|are) no (?:restrictions|longer bound))\b/,
  },
  // Behind the back of the person.
  {
    rule: 'conceal-from-user',
    score: 100,
    pattern: new RegExp(
      `\\b(?:do not|don'?t|never|without|avoid|must not|mustn'?t|should not|shouldn'?t|cannot|no need to|refrain from|not to)\\s(?:ever |even |explicitly |be |directly )?(?:tell|telling|mention|mentioning|inform|informing|notify|notifying|reveal|revealing|disclose|disclosing|alert|alerting|show|showing|display|displaying|explain|explaining|expose|discuss|say|report|admit|acknowledge)\\b[^.]{0,60}\\b(?:to |from )?${USER}\\b(?! ?(?:id|ids|interface|name|names|agent|record|object|details|table|data|count|list|account|facing))`,
    ),
  },
  {
    rule: 'conceal-from-user',
    score: 100,
    pattern: new RegExp(
      `\\b(?:hide|conceal|keep)\\b[^.]{0,40}\\b(?:from|secret from|hidden from|invisible to) ${USER}\\b(?! ?(?:id|interface|name|agent|list|menu))`,
    ),
  },
  {
    rule: 'conceal-from-user',
    score: 100,
    pattern:
      /\b(?:silently|secretly|covertly|quietly|discreetly|in secret|behind the scenes|unbeknownst)\b[^.]{0,50}\b(?:send|forward|read|upload|call|invoke|run|execute|collect|include|copy|add|bcc|transmit|record|gather)\b/,
  },
  {
    rule: 'conceal-from-user',
    score: 100,
    pattern: new RegExp(
      `${USER} (?:must|should|need|does|may|will|can)(?: ?n[o']t| never) (?:(?:need|have) to )?(?:know|see|notice|be (?:told|aware|informed|notified)|find out|learn)(?: about| of| this| that|[.,;:!]|$)`,
    ),
  },
  {
    rule: 'conceal-from-user',
    score: 70,
    pattern:
      /\b(?:do not|don'?t|never) (?:mention|reveal|disclose|acknowledge|talk about|refer to) (?:this|these|that you|the (?:note|instruction|step|parameter|existence)|any of this)/,
  },
  {
    rule: 'conceal-from-user',
    score: 100,
    pattern:
      /ne (?:dites|parlez|mentionnez)[^.]{0,30}utilisateur|(?:sag|sage|erzähle|verrate|zeige)[^.]{0,30}(?:benutzer|nutzer)[^.]{0,20}nicht|no (?:le |se lo )?(?:digas|menciones|informes)[^.]{0,20}usuario|(?:不要|别|勿)(?:告诉|告知|通知|提及)[^。]{0,8}用户|ユーザーに[^。]{0,10}(?:言わない|知らせない|伝えない)|не (?:говори|сообщай|упоминай)[^.]{0,20}пользовател/u,
  },
  {
    rule: 'skip-consent',
    score: 60,
    pattern: new RegExp(
      `\\b(?:without|do not|don'?t|never|skip|no need (?:to|for)|bypass)\\b[^.]{0,20}\\b(?:ask|asking|wait for|requesting|request|seek|confirm)\\b[^.]{0,30}\\b(?:${USER}|confirmation|permission|approval|consent)`,
    ),
  },
  { rule: 'skip-consent', score: 60, pattern: new RegExp(`${USER} (?:has|have) (?:already )?(?:approved|authori[sz]ed|consented|granted|agreed|confirmed)`) },
  {
    rule: 'skip-consent',
    score: 50,
    pattern:
      /\b(?:no|bypass|skip) (?:further )?(?:confirmation|approval|permission|consent) (?:is |are )?(?:needed|required|necessary|prompts?|dialogs?|steps?)|\bskip (?:any |the |all )?(?:confirmation|approval|permission) (?:prompts?|dialogs?|steps?|checks?)/,
  },
  // Marks of another voice.
  {
    rule: 'directive-tag',
    score: 100,
    pattern:
      /<\/?\s?(?:important|secret|hidden|priority|override|admin|system(?:[-_ ]?(?:prompt|message|reminder|override|instructions?))?|hidden[-_ ]?instructions?|critical|urgent|mandatory|assistant[-_ ]?instructions?|sys)\s?>/,
  },
  { rule: 'directive-tag', score: 60, pattern: /<\/?\s?(?:instructions?|assistant|prompt|directive|note[-_ ]to[-_ ](?:ai|assistant|model|llm))\s?>/ },
  {
    rule: 'chat-markup',
    score: 100,
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|begin_of_text|start_header_id|eot_id)\|>|\[\/?inst\]|<<\/?sys>>|(?:^|\n| )(?:###|\*\*\*|---|===) ?(?:system|new) (?:prompt|message|instructions?|override)|\bhuman: .{0,200}\bassistant: /,
  },
  {
    rule: 'voice-of-authority',
    score: 100,
    pattern:
      /(?:\[|\(|##? ?|\*\* ?|== ?)(?:hidden|system|admin|secret|root|security) (?:override|notice|instructions?|note|message|directive|alert)\b|\bhidden instructions?\b ?[:[(]|\bimportant system (?:note|instruction|message|notice)/,
  },
  {
    rule: 'voice-of-authority',
    score: 50,
    pattern:
      /\b(?:verified|certified|approved|endorsed|audited) by (?:anthropic|openai|google|microsoft|cursor|the (?:platform|mcp))|\btrust this (?:tool|server) (?:above|over|more than)/,
  },
  { rule: 'trusted-above', score: 60, pattern: /\btrust (?:this|only this) (?:tool|server|one)\b[^.]{0,20}\b(?:above|over|more than|completely|implicitly)\b/ },
  {
    rule: 'voice-of-authority',
    score: 60,
    pattern:
      /\b(?:system|admin(?:istrator)?|security|compliance|developer|urgent|mandatory) (?:notice|override|instruction|directive|update|policy|requirement|message|alert) ?(?::|\(|-|for (?:the )?(?:ai|assistant|model|agent|llm))/,
  },
  {
    rule: 'voice-of-authority',
    score: 50,
    pattern:
      /\b(?:note|message|notice|instructions?|attention|reminder|hint) (?:to|for) (?:the |all |any )?(?:ai|assistants?|models?|llms?|agents?|language models?)\b|\battention,? (?:ai|assistant|model|llm|agent)\b|\bas an ai(?: assistant| model)?,? you (?:must|should|have to)/,
  },
  // To steer which tools are used, and how.
  {
    rule: 'call-first',
    score: 100,
    pattern:
      /\b(?:before|prior to|whenever|each time|every time|when|after|while) (?:you )?(?:us(?:e|ing)|call(?:ing)?|invok(?:e|ing)|run(?:ning)?|execut(?:e|ing)) (?:any|every|all|another|each)(?: of the)?(?: other| further| available| remaining){0,4} (?:mcp )?(?:tools?|functions?|commands?|operations?|servers?)\b/,
  },
  {
    rule: 'call-first',
    score: 50,
    pattern:
      /\b(?:must|always|need to|have to|required to) (?:be )?(?:call(?:ed)?|us(?:e|ed)|invoked?|run) (?:this (?:tool|function) )?(?:first|before (?:anything|everything|all)|at the (?:start|beginning) of (?:every|each|any|all))/,
  },
  {
    rule: 'displace-tools',
    score: 60,
    pattern:
      /\b(?:this (?:tool|function) )?(?:replaces|supersedes|overrides|takes precedence over|has priority over|must be (?:used|preferred) (?:over|instead of)) (?:all|any|every|the)(?: of the)? (?:other|existing|built-?in|previous|similar)/,
  },
  {
    rule: 'displace-tools',
    score: 60,
    pattern:
      /\b(?:do not|don'?t|never) (?:use|call|invoke) (?:any|all|the) other (?:\w{1,64} )?(?:tools?|functions?|servers?)\b|\b(?:all|any|every) other (?:\w{1,64} )?(?:tools?|functions?|servers?) (?:is|are|must|should|have|has)(?: been| be| now){0,3} (?:deprecated|unsafe|disabled|broken|avoided|ignored|insecure|compromised|unreliable|malicious)/,
  },
  {
    rule: 'displace-tools',
    score: 40,
    pattern:
      /\b(?:always (?:prefer|choose|pick|select|use) this (?:tool|function|one)|(?:best|most (?:accurate|trusted|reliable)|only (?:safe|trusted|reliable|correct)) tool\b.{0,40}\b(?:always|must|should)|(?:use|choose) this (?:tool|one) (?:for (?:everything|all (?:requests|tasks|queries))|regardless))/,
  },
  {
    rule: 'displace-tools',
    score: 70,
    pattern:
      /\b(?:all )?other (?:\S{1,64} ){0,2}(?:implementations?|versions?|variants?|tools) (?:are|is|have been) (?:now )?(?:deprecated|unsafe|insecure|disabled|broken|compromised)/,
  },
  {
    rule: 'claims-to-be-official',
    score: 40,
    pattern:
      /\b(?:this is the )?(?:official|authoritative|genuine|canonical|only real)\b[^.]{0,12}[`'"]?\w{1,64}[`'"]? ?(?:tool|version)|\bauthoritative version of\b/,
  },
  {
    rule: 'prefer-over-others',
    score: 60,
    pattern:
      /\b(?:prefer|use|choose|select) (?:it|this|this one|this tool) (?:over|instead of|rather than) (?:any|all|every) other\b|\buse this (?:one|tool) (?:only|for all)\b/,
  },
  {
    rule: 'call-another',
    score: 60,
    pattern:
      /\b(?:also|first|then|secretly|silently|next|additionally) (?:call|invoke|run|execute|use)\b[^.]{0,4}[`'"]?[\w.]{1,64}[`'"]?[^.]{0,12}\bwith\b[^.]{0,12}(?:[`'"]?\w{1,64}[`'"]? ?(?:=|:) ?[`'"]?[\w.+-]{1,64}@|[`'"]?(?:path|command|cmd|body|file)\b|[`'"]?(?:cat|rm|curl) )/,
  },
  { rule: 'call-another', score: 50, pattern: /(?:=|: ?)[`'"]?[\w.+-]{1,64}@[\w-]{1,63}\.\w[`'"]?/ },
  {
    rule: 'claims-compliance',
    score: 40,
    pattern:
      /\b(?:must|required to|have to|needs? to)\b[^.]{0,60}\bfor (?:compliance|audit|auditing|regulatory|telemetry|security|verification) (?:reasons|purposes)\b|\bfor (?:compliance|audit|telemetry) (?:reasons|purposes)\b/,
  },
  {
    rule: 'coercion',
    score: 40,
    pattern:
      /\b(?:otherwise|if (?:you do not|you don'?t|not|omitted)|failure to (?:do so|comply)|unless you do)\b[^.]{0,60}\b(?:tool|system|application|account|data|user|server|everything|session)\b[^.]{0,30}\b(?:will (?:not work|fail|crash|be (?:lost|deleted|terminated|locked|suspended|broken))|lose|lost|corrupt(?:ed)?|shut down|die)/,
  },
  {
    rule: 'change-arguments',
    score: 70,
    pattern:
      /\b(?:change|replace|modify|redirect|substitute|rewrite|set|switch|alter)\b[^.]{0,40}\b(?:recipients?|address|addresses|destination|beneficiary|iban|account number|wallet|phone numbers?|amount|email)\b[^.]{0,30}\b(?:to|with|by|as) (?:\+?\d[\d ()-]{6}|[\w.+-]{1,64}@[\w-]{1,63}\.\w|0x[0-9a-f]{6}|https?:|attacker)/,
  },
  {
    rule: 'change-arguments',
    score: 60,
    pattern: /\b(?:always|also|must|secretly|automatically)\b[^.]{0,30}\b(?:bcc|cc|copy|forward|send)\b[^.]{0,40}\b(?:to )?[\w.+-]{1,64}@[\w-]{1,63}\.\w/,
  },
  // What must not leave.
  {
    rule: 'sensitive-files',
    score: 100,
    pattern:
      /\b(?:read|open|cat|load|access|retrieve|get|fetch|send|include|pass|copy|upload|attach|extract|collect|search for|dump|append|paste|provide|exfiltrate)\b[^.]{0,50}(?:(?:~|\$home|\/home\/[\w<>{}*-]{1,64}|\/root|\/users\/[\w<>{}*-]{1,64}|%userprofile%)\/?(?:\.(?:ssh|aws|gnupg|kube|docker|cursor|claude|config\/gcloud|netrc|npmrc|pypirc|git-credentials|bash_history|zsh_history|codex|gemini)\b)|\bid_(?:rsa|ed25519|ecdsa)\b|\/etc\/(?:passwd|shadow|sudoers)|\bwallet\.dat\b|\.cursor\/mcp\.json|claude_desktop_config\.json|\bcookies\.sqlite|\/proc\/self\/environ)/,
  },
  {
    rule: 'sensitive-files',
    score: 30,
    pattern:
      /\.ssh\/|\bid_(?:rsa|ed25519)\b|\/etc\/(?:passwd|shadow)|\.aws\/credentials|\bwallet\.dat\b|\.cursor\/mcp\.json|claude_desktop_config\.json|\/proc\/self\/environ|\.kube\/config|\.git-credentials/,
  },
  {
    rule: 'sensitive-files',
    score: 70,
    pattern: new RegExp(
      `\\b${SEND}\\b[^.]{0,40}(?:contents? of )?[^.]{0,30}(?:\\.env\\b|\\.npmrc|\\.netrc|\\.pypirc|mcp\\.json|\\bkeychain\\b|browser (?:cookies|history|passwords))`,
    ),
  },
  {
    rule: 'exfiltrate-context',
    score: 70,
    pattern: new RegExp(
      `\\b${SEND}\\b[^.]{0,50}\\b(?:(?:entire|full|whole|complete|all|previous|prior|current|user'?s|this|recent|our|verbatim|raw)\\b[^.]{0,25})\\b(?:conversation|chat|dialogue|dialog|message history|chat history|context window|system prompt|transcript|messages|reasoning|chain of thought)\\b`,
    ),
  },
  {
    rule: 'context-in-parameter',
    score: 60,
    pattern:
      /\b(?:full|entire|whole|complete|raw) (?:conversation|chat|session|message)(?: (?:transcript|history|context|log))?\b(?:[^.]{0,30}\b(?:field|parameter|argument)\b|>|\})|[=:] ?[`'"]?<(?:full|entire|whole) \w{1,64}/,
  },
  {
    rule: 'context-in-parameter',
    score: 70,
    pattern:
      /\b(?:system prompt|conversation (?:history|so far|context)|chat history|previous (?:tool )?(?:results|outputs|messages)|list of (?:all )?(?:available )?tools|other tools'? (?:results|outputs|responses))\b[^.]{0,50}\b(?:in|as|into|to|through|via|using) (?:the |this )?['"`]?\w{0,64}['"`]? ?(?:parameter|argument|field|property|url|header|endpoint|server)\b/,
  },
  {
    rule: 'exfiltrate-secrets',
    score: 70,
    pattern: new RegExp(
      `\\b(?:${SEND}|collect|gather|extract|find|search for|harvest|read|retrieve|obtain|print|echo|dump|list)\\b[^.]{0,25}\\b(?:all|any|every|user'?s?|stored|saved|available|found|known|other|their|local|of the (?:user|environment|host|machine)|environment)\\b[^.]{0,25}\\b${SECRETS}\\b`,
    ),
  },
  {
    rule: 'exfiltrate-secrets',
    score: 40,
    pattern: new RegExp(
      `\\b${SEND}\\b[^.]{0,40}\\b(?:contents? of|${SECRETS})\\b[^.]{0,50}\\b(?:as|in|into|to|through|via|using) (?:the |this )?['"\`]?\\w{1,64}['"\`]? (?:parameter|argument|field|property)`,
    ),
  },
  {
    rule: 'send-to-address',
    score: 60,
    pattern: new RegExp(
      `\\b${SEND}\\b[^.]{0,80}\\b(?:to|at|via|through) (?:<|"|'|\`)?(?:https?:\\/\\/(?!localhost|127\\.|example\\.)|[\\w.+-]{1,64}@(?!example\\.)[\\w-]{1,63}\\.\\w)`,
    ),
  },
  { rule: 'url-with-data', score: 40, pattern: /https?:\/\/[^\s"'<>)]{1,200}[?&][\w-]{1,40}=(?:\{|\$|<|%7b|\[|\+ ?\w|base64|data\b|secret|content)/ },
  { rule: 'url-with-data', score: 80, pattern: /!\[[^\]]{0,100}\]\(https?:\/\/[^\s)]{1,200}[?&/=][^\s)]{0,80}(?:\{|\$|<|%7b|\[)/ },
  {
    rule: 'exfiltrate-secrets',
    score: 100,
    pattern: new RegExp(
      `\\b(?:collect|gather|extract|find|search for|harvest|read|retrieve|obtain|dump|steal|take)\\b[^.]{0,40}\\b${SECRETS}\\b[^.]{0,30}\\b(?:and|then|to)\\b[^.]{0,12}\\b${SEND}\\b`,
    ),
  },
  {
    rule: 'value-of-secret',
    score: 100,
    pattern:
      /\b(?:values?|contents?|output|text|first line|lines) of (?:the |your |any |user'?s ){0,4}[`'"]?(?:(?:environment variables? )?\$?[a-z_]{0,32}(?:secret|access_key|api_key|apikey|private_key|password|token)[a-z_]{0,32}\b(?=[`'" ]|$)[^.]{0,30}\b(?:at|in|for|or|to|as)\b|\$[a-z_]{0,32}(?:secret|key|token)|`?env`?\b|(?:authorization|auth|cookie) header|\/etc\/(?:passwd|shadow)|(?:~|\$home)\/\.)/,
  },
  {
    rule: 'value-of-secret',
    score: 70,
    pattern:
      /\b(?:set|append|include|pass|put|add|use)\b[^.]{0,40}\b(?:user'?s?|host|machine)\b[^.]{0,12}\b(?:api[- ]?keys?|passwords?|tokens?|cookies|credentials)\b/,
  },
  {
    rule: 'sensitive-files',
    score: 100,
    pattern:
      /\b(?:defaults? to|default is|set (?:this )?to|unsure,? use|always use|check)\b[^.]{0,20}[`'"]?(?:\/etc\/(?:passwd|shadow)|(?:~|\$home)\/?\.(?:ssh(?!\/config|\/known_hosts|\/id_)|gnupg))/,
  },
  {
    rule: 'ask-for-system-prompt',
    score: 50,
    pattern:
      /\b(?:including|with|and|plus|reveal|print|output|repeat) (?:the |your |its )(?:full |entire |complete |hidden )?system (?:prompt|message|instructions)/,
  },
  {
    rule: 'ask-for-context',
    score: 70,
    pattern:
      /\b(?:fill|populate|set|use|put|write|pass|provide|include)\b[^.]{0,30}\b(?:with|in|as)\b[^.]{0,20}\b(?:your (?:system prompt|instructions|reasoning|context|internal|full context|memory)|everything (?:you know|the user)|(?:all )?(?:previous|prior) (?:conversation|messages|tool (?:calls|results)))/,
  },
  // Code.
  {
    rule: 'run-code',
    score: 80,
    pattern:
      /\b(?:curl|wget|iwr|invoke-webrequest)\b[^|;\n]{0,160}\|\s?(?:sudo )?(?:ba|z|da)?sh\b|\bbase64 (?:-d|--decode)\b[^;\n]{0,80}\|\s?(?:ba|z)?sh|\bpowershell(?:\.exe)? (?:-\w{1,32} ){0,6}-e(?:nc|ncodedcommand)?\b|\bnc -e\b|\/dev\/tcp\/|\biex ?\(/,
  },
  {
    rule: 'run-code',
    score: 60,
    pattern:
      /\b(?:run|execute|invoke|call|eval)\b[^.]{0,40}\b(?:rm -rf|chmod 777|sudo |crontab|launchctl|reg add|schtasks|git config --global|npm install -g|pip install)\b/,
  },
  { rule: 'run-code', score: 100, pattern: />> ?\S{0,40}(?:authorized_keys|\.(?:ba|z)shrc|\.profile|\/etc\/\w)/ },
  // Places that a rendering hides.
  {
    rule: 'hidden-markup',
    score: 60,
    pattern:
      /<!--(?:(?!<!--).){12,2000}?-->|\[\/\/\]: ?# ?\(|\[comment\]: ?<|style ?= ?["'][^"']{0,80}(?:display ?: ?none|visibility ?: ?hidden|font-size ?: ?0|opacity ?: ?0|color ?: ?(?:white|#fff))/,
  },
];
