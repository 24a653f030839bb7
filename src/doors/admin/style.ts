/** @module doors/admin/style: the style sheet of the console's pages, inline under its hash. */

/** Light and dark by the reader's preference; one column below 44 rem, where rows become cards. */
export const STYLE: string = `
:root{color-scheme:light dark;--bg:#f6f6f3;--card:#fff;--ink:#1c1f23;--soft:#5c636d;--line:#e2e2dc;--accent:#0b6e69;--ok:#1a7042;--ok-bg:#e3f3e8;--no:#a8271c;--no-bg:#fbe7e4;--warn:#855400;--warn-bg:#fbf0d9;--code:#f1f1ec}
@media (prefers-color-scheme:dark){:root{--bg:#121417;--card:#1a1d21;--ink:#e8e9ea;--soft:#a0a7b0;--line:#2b2f35;--accent:#5cc9c0;--ok:#7fd6a0;--ok-bg:#173324;--no:#ff9d92;--no-bg:#3d1c19;--warn:#f0c26a;--warn-bg:#382a10;--code:#22262b}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
.top,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
.top{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem 1rem;padding-top:1.6rem;padding-bottom:1.1rem}
.brand{display:flex;align-items:center;gap:.65rem}
.brand svg{width:1.9rem;height:1.9rem;color:var(--accent);flex:none}
h1{font-size:1.25rem;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:.95rem;margin:0 0 .7rem;letter-spacing:-.005em}
.soft,h1 small{color:var(--soft);font-weight:400;font-size:.85rem}
h1 small{margin-left:.35rem;letter-spacing:0}
.pill,.badge{display:inline-flex;align-items:center;gap:.4em;border-radius:99px;font-weight:600;white-space:nowrap}
.pill{padding:.22rem .75rem;font-size:.85rem}
.badge{padding:.05rem .55rem;font-size:.78rem}
.pill::before{content:"";width:.5em;height:.5em;border-radius:50%;background:currentColor}
.ok{color:var(--ok);background:var(--ok-bg)}.no{color:var(--no);background:var(--no-bg)}.warn{color:var(--warn);background:var(--warn-bg)}.idle{color:var(--soft);background:var(--code)}
.marks{display:flex;align-items:center;gap:.9rem}
#live{background:none;padding:0;font-weight:500}
nav{display:flex;gap:.2rem .9rem;margin-right:auto}
nav a{color:var(--soft);text-decoration:none;padding:.2rem 0;border-bottom:2px solid transparent;white-space:nowrap}
nav a:hover{color:var(--ink)}
nav a[aria-current]{color:var(--ink);border-color:var(--accent)}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.1rem 1.25rem;margin:0 0 1rem}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:1rem;margin:0}
.numbers dt{color:var(--soft);font-size:.8rem}
.numbers dd{margin:0;font-size:1.5rem;font-weight:600;line-height:1.25;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.alert{border-color:var(--no);background:var(--no-bg);color:var(--no)}
.alert ul{margin:.2rem 0 0;padding-left:1.2rem}
table{width:100%;border-collapse:collapse;font-size:.88rem}
th{text-align:left;font-weight:500;color:var(--soft);font-size:.78rem;padding:0 .75rem .4rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0;padding-bottom:0}
th:last-child,td:last-child{padding-right:0}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
time{font-variant-numeric:tabular-nums;white-space:nowrap}
code,pre,.name{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em}
.none{color:var(--soft);margin:0}
.parts{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;margin:0;padding:0}
.parts li{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .5rem;max-width:100%;border:1px solid var(--line);border-radius:8px;padding:.3rem .65rem;font-size:.86rem;overflow-wrap:anywhere}
details{border-top:1px solid var(--line)}
details:last-of-type{border-bottom:1px solid var(--line)}
summary{cursor:pointer;padding:.6rem 0;font-weight:500}
details[open]{padding-bottom:.8rem}
.step{margin:.2rem 0 .75rem}
.step p{margin:0 0 .25rem;color:var(--soft);font-size:.86rem}
.copy{display:flex;gap:.5rem;align-items:flex-start}
pre{flex:1;min-width:0;margin:0;background:var(--code);border-radius:8px;padding:.55rem .75rem;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere}
button{font:inherit;font-size:.84rem;color:var(--accent);background:transparent;border:1px solid var(--line);border-radius:8px;padding:.42rem .8rem;cursor:pointer;min-width:4.6rem}
button:hover{border-color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
footer{color:var(--soft);font-size:.82rem;padding-top:.4rem;padding-bottom:2rem}
a{color:var(--accent)}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem .8rem;border-radius:8px}
.alone{max-width:34rem;margin:12vh auto 0;padding:0 1.25rem}
.alone section{padding:1.6rem 1.7rem}
.alone .brand{margin:0 0 1rem}
.alone pre{margin:.5rem 0 1rem}
.alone p:last-child{margin-bottom:0}
h3{font-size:.95rem;font-weight:600;margin:0 0 .35rem;overflow-wrap:anywhere}
.note{background:var(--card);border:1px solid var(--line);border-left:3px solid var(--warn);border-radius:8px;padding:.6rem .9rem;margin:0 0 1rem;overflow-wrap:anywhere}
.note.done{border-left-color:var(--ok)}
.note[hidden]{display:none}
.item{border-top:1px solid var(--line);padding:.9rem 0;scroll-margin-top:1rem}
.item:last-child{padding-bottom:.2rem}
.item p{margin:0 0 .5rem;overflow-wrap:anywhere}
.item:target{box-shadow:-3px 0 0 var(--accent);padding-left:.75rem}
.findings{margin:.1rem 0 .6rem;padding-left:1.1rem;font-size:.88rem;overflow-wrap:anywhere}
.findings b{color:var(--no)}
.diff span{display:block;min-height:1.45em}
.diff .add{color:var(--ok);background:var(--ok-bg)}.diff .del{color:var(--no);background:var(--no-bg)}.diff .place{color:var(--soft);font-weight:600}
form{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem;margin:.6rem 0 .3rem}
label{font-size:.84rem;color:var(--soft)}
input[type=number]{font:inherit;font-size:.9rem;width:6rem;color:var(--ink);background:var(--bg);border:1px solid var(--line);border-radius:8px;padding:.35rem .5rem}
button.yes{color:var(--card);background:var(--accent);border-color:var(--accent)}
button.risky{color:var(--no);border-color:var(--no)}
.whole{border-top:1px solid var(--line);padding-top:.8rem}
.whole p{margin:0}
@media (max-width:44rem){
nav{order:3;flex:1 0 100%}
.top,main,footer{padding-left:.9rem;padding-right:.9rem}
section{padding:1rem}
.numbers{grid-template-columns:repeat(3,1fr);gap:.9rem .5rem}
.numbers dd{font-size:1.25rem}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody{display:block}
tr{display:flex;flex-wrap:wrap;align-items:baseline;gap:.1rem .8rem;padding:.6rem 0;border-bottom:1px solid var(--line)}
tr:first-child{padding-top:0}
tr:last-child{border-bottom:0;padding-bottom:0}
td{border:0;padding:0;color:var(--soft);font-size:.84rem}
tr::after{content:"";order:1;flex:0 0 100%}
td{order:2}
td.lead{order:0;flex:1 1 auto;color:var(--ink);font-size:.95rem}
td.state{order:0}
td.caller{flex:1 0 100%}
td.when{order:3}
h1 small{display:block;margin:0}
.parts li{flex:0 1 auto}
td[data-label]::before{content:attr(data-label) " "}
.num{text-align:left}
.copy{flex-direction:column;align-items:stretch}
}
@media (prefers-reduced-motion:no-preference){.pill::before{transition:background .3s}}
`;
