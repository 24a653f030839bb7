/**
 * @module tools/search/synonyms: words that people use for what tools call otherwise. Written for this product: common
 * words of offices and software, none of one server alone. Each line is a group whose words stand for each other.
 */
import { stem } from './words.ts';

const GROUPS = `
create make add new open start set_up found build write generate
delete remove erase drop discard destroy trash clean
update change edit modify correct fix adjust alter
list overview enumerate
find search look locate where seek
send deliver mail dispatch transmit write
email mail letter correspondence inbox
message note announcement post text
chat talk discuss conversation discussion say said
channel group room
reply answer respond response
forward pass
meeting appointment event session invitation
calendar schedule agenda week
reserve book
cancel call_off abort terminate end stop quit
accept approve confirm agree grant sign_off
decline reject refuse deny
busy available availability free free_time slot
remind reminder alert warn notify notification informed
repeat recurring every daily weekly
absence away vacation holiday leave time_off
sick ill flu
file document spreadsheet presentation
folder directory
upload put
download save fetch
share access permission
restore recover undo revert roll_back rollback bring_back
version revision history earlier
copy duplicate clone fork
move transfer push relocate
rename
link url address
page article site website
wiki knowledge documentation document guide handbook manual
comment remark feedback opinion
ticket issue bug task defect
assign hand give
priority urgency urgent
sprint iteration
status state
finished done complete closed
project product
log record note
hours time duration minutes
commit change revision
pull_request change merge_request proposal
review reviewer look_over approve
branch line
merge land
diff lines changes touched
release publish version
workflow pipeline build deployment ci
code source sources
repository project
query select statement
table rows
column field
index lookup fast
slow latency performance ages
session connection
database db sql
backup dump
bucket storage
object stored
encrypt encryption encrypted
expire temporary limited
lifecycle old archive
customer client buyer
charge debit pay payment card
refund money return back
invoice bill
subscription recurring plan monthly yearly
payout bank wire
coupon voucher discount sale
dispute chargeback contest
balance account
price cost rate
revenue sales earn sold
order purchase
product article item
inventory stock warehouse pieces
ship shipped deliver delivery parcel tracking
basket cart
review think rating
pod container
replica copies instance instances
deployment update rollout
node machine server
log logs output print
crash fail failed error exception
secret password
command shell run execute
metric load graph
alert alarm page firing fire
acknowledge care
silence mute
incident outage down
on_call duty night
uptime reachable availability
trace request
navigate go visit open
click press
type enter
screenshot capture picture
wait hold
dialog popup
design mockup artboard
frame logo
style colour color font
css stylesheet style
contrast read readable
contact person
company organization
deal opportunity contract
won win
forecast expect estimate
call phone rang ring
quote offer proposal
campaign mailing
task follow_up
route directions way
place near nearby
restaurant eat food
weather rain temperature cold sun
traffic congested jammed
pollution smog air
parking car_park park
charge electric
transit bus train
coordinate latitude longitude
employee colleague staff
manager boss
salary wage payslip earn
expense receipt reimburse paid
job position opening
candidate applicant applied
onboarding newcomer
instance machine server vm virtual
launch boot start
shut stop turn_off
dns domain host
certificate tls https
firewall port
billing spend spent pay cost
balancer traffic distribute spread
cache cached
music song track jazz
volume loud quiet
next skip
transcribe recording speech words
video film clip movie
image photo picture
resize smaller size
trim cut shorten
play put_on
recommend similar resemble suggest
translate language
author who history commit edited changed
build job ci workflow pipeline
break broken fail failed
mark transition status
everything details fields information
raise lower update set
arrive arrived received restock stock inventory
advertiser spam sender advertisement newsletter block
newsletter mailing_list promotion subscribe unsubscribe
automatically automatic rule filter
letter mail email
call_off cancel
sit together meet meeting
able can permission allowed may
see view read open
disk path local file save
csv spreadsheet excel
large size big bytes
thumbs_up emoji reaction like
colleague member invite user person
partner guest external people
site website page browser
web browser page
results loaded appear
warning alarm alert
wake page alert
exceed threshold above crosses
reach connect port allow
ssh port firewall
purge drop clear cache refresh
stylesheet css
spoken speech voice read aloud
downtown near area
car vehicle parking
empty charge charging
sleep off
teammate employee colleague
sum total amount
money amount payment
goods article product item
sell sold sale sales
country region
shipping delivery carrier
purchase order
waiting pending open
worker deployment service
downtime rollout restart
copies replicas scale
look_after acknowledge take_care
vulnerable risk
announce announcement post message
automatic scheduled schedule later
discuss message history
attach attachment upload add
urgent priority
watch watcher follow informed subscribe notify
inform notify
undo revert restore
photo image picture
`;

const byStem = new Map<string, Set<string>>();
for (const group of GROUPS.trim().split('\n')) {
  // Phrases stand for their longest word: a search sees one word at a time.
  const stems = group.split(' ').map((word) => stem(word.split('_').toSorted((one, other) => other.length - one.length)[0] ?? word));
  for (const one of stems) byStem.set(one, new Set([...(byStem.get(one) ?? []), ...stems]));
}

/** Stems that may be meant by this one, itself left out. */
export function synonymsOf(stemmed: string): readonly string[] {
  return [...(byStem.get(stemmed) ?? [])].filter((other) => other !== stemmed);
}
