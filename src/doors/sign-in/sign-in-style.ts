/** @module doors/sign-in/sign-in-style: the console's style sheet with what forms need. */
import { STYLE } from '../admin/style.ts';

/** Refusing is as easy as allowing: both buttons are of one size, beside each other, and stay so on a phone. */
export const SIGN_IN_STYLE: string = `${STYLE}
.alone{margin-top:6vh}
.alone .ask{font-size:1.2rem;line-height:1.35;font-weight:500;margin:0 0 1rem;overflow-wrap:anywhere}
.facts{margin:0 0 1.1rem;border:1px solid var(--line);border-radius:8px;padding:.2rem .8rem}
.facts div{display:flex;gap:.9rem;padding:.42rem 0;border-bottom:1px solid var(--line)}
.facts div:last-child{border-bottom:0}
.facts dt{flex:none;width:6.6rem;color:var(--soft);font-size:.86rem}
.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
.scopes{margin:.3rem 0 1.1rem;padding:0;list-style:none}
.scopes li{padding:.35rem 0 .35rem 1.5rem;position:relative}
.scopes li::before{content:"";position:absolute;left:.25rem;top:.85rem;width:.5rem;height:.5rem;border-radius:50%;background:var(--ok)}
.scopes li.strong::before{background:var(--warn);border-radius:2px;transform:rotate(45deg)}
.scopes code{color:var(--soft);font-size:.8rem;margin-left:.3rem}
label{display:block;font-size:.88rem;font-weight:500;margin:0 0 .3rem}
input:not([type=hidden]){width:100%;font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:8px;padding:.55rem .75rem}
input.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:1.3rem;letter-spacing:.12em;text-transform:uppercase}
.bigcode{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:2rem;letter-spacing:.12em;text-align:center;margin:.4rem 0 1rem}
.choose{display:flex;gap:.7rem;margin:1rem 0}
.choose button{flex:1 1 0;font-size:.95rem;font-weight:500;padding:.6rem .9rem;color:var(--ink);border-color:var(--soft)}
form>button.main{width:100%;font-size:.95rem;font-weight:500;padding:.6rem .9rem}
.main{border-color:var(--accent)}
.choose button.main{color:var(--accent);border-color:var(--accent)}
.or{text-align:center;color:var(--soft);margin:.6rem 0;font-size:.86rem}
button.link{border:0;padding:0;min-width:0;text-decoration:underline;font-size:inherit}
.problem{background:var(--no-bg);color:var(--no);border-radius:8px;padding:.6rem .8rem;margin:.2rem 0 1rem;font-size:.9rem}
p.soft{font-size:.84rem}
`;
