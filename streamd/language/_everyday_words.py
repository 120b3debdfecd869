"""Everyday words, which are never corrected to another word."""

from typing import Final

from streamd.text.time_words import WEEKDAYS
from streamd.text.wordlist import words

GRAMMAR_WORDS: Final = words(
    "across additional alone along analysis analytics anomalies anomaly apiece assessment assuming available avoid "
    "badly become becomes begin beginning begins belonging bound bucks build capabilities carried carrier category "
    "cent charge cheaper circumstances classed combined come comes coming commands comparison considered contain "
    "containing contains costlier critical current dearer deemed delivered delivers delivery demands destination "
    "destined disturb dont drops ending ends entitled evaluation ever existence extra factor falls fell field "
    "fields finally forbid forecasts francs full further going hand headed health held high imagine includes info "
    "initial inside insights integer known lack lacking lacks limit living location lose lying manufactured many "
    "mean mess missing mitigate mitigation much namely names needs none null obtained opening optimise optimize "
    "origin originating ought outlook overall overview performance plus poorly possible prediction predictions "
    "prefer pricier procure procurement produced product products projection projections provided provides "
    "purchased quid quoted range recommendation recommendations records refrain refuse reliability remaining "
    "residing risky saying says seasonality seasons selling sells sitting situated sourced specified stands "
    "starting starts stationed status stockout stockouts strategy supplier suppliers suppose think received sold "
    "shipped dispatched issued discontinued obsolete arrived copy duplicate clone detect detecting scenario "
    "scenarios outlier outliers optimistic pessimistic propose suggest advise ownership owning tco horizon short "
    "preference preferences policy policies procedure procedures warranty handbook manual remember periods period "
    "urgent urgently title together touch turnover type unchanged undefined unknown untouched upto valued various "
    "vendor vendors well whatever wondering word"
)
"""Further words of the grammar itself, which are never corrected."""

OTHER_WORDS: Final = words(
    "abnormal abroad action africa african agreement agreements allowed although american analyses anomalous answer answering "
    "answers anyway argentina arrange arranged array arrival arrive arriving ascending asia asian asking asset atomic "
    "australian austrian avoided avoiding avoids barcode belgium books boolean bottom brazilian brief briefly british broke "
    "calculate came campaign canadian cause cents changes chat cheers chile chinese choose class client code compact "
    "completed compliance compute concise concisely contact contract correction crisp criteria criterion currency czech daily "
    "danish data date dated datetime deal decimal deliver department depletion desc descending detailed details determine "
    "dislike disliking documentation dutch east egypt eighteenth eighth eighths eightieth eleventh employee entry equipment "
    "european event expected export express failed false fast faster fifteenth fifth fifths fiftieth figure fine finland "
    "former fortieth fourteenth fourth fourths franc french gave general german goes greece guideline guidelines guys "
    "happened hasn't hating haven't hence hong hopefully however hundredth hungary ideas import important improve incorrect "
    "indian indonesia instructions invoice ireland irregular italian japanese junk kong korean koruna kroner kronor lead lies "
    "line logistics long lunch machine malaysia manuals match matches meant median medium meeting mention message mexican "
    "middle midnight milestone mustn't near nineteenth ninetieth ninth ninths noon north norway norwegian offer oops "
    "operation overseas overstock overstocked owing pacific page pareto past pence penny pesos pick polish portugal possibly "
    "predicts prefers previous prior priority probably prompt provide providing purchase quality quantity quarters query "
    "quicker reais refer reference referred referring regulation regulations remainder renminbi replenishment reply replying "
    "request requested require required respond responding returned romania rose round rule rules rupee rupees russian safe "
    "safety score scoring screen season second sept serial seventeenth seventh sevenths seventieth shelf shop shortages "
    "shortly simulate singapore sixteenth sixth sixths sixtieth slow slower sorry source sourcing south spanish spikes states "
    "stay stocks style subtitle succinct succinctly surplus swedish swiss taiwanese temporarily tenth tenths terse tersely "
    "thailand there's therefore they're third thirds thirteenth thirtieth though thousandth threw thrice through thus ticket "
    "tonight took travel truck true turkish turns twelfth twentieth ukraine unclear understand union united unload unusual "
    "updates user vehicle verb vietnamese warehouse warehouses warranties weekly weigh weighed weighing weighs went whichever "
    "wise wrong younger yuan zealand zloty"
)
"""Words that single rules look for, ordinals and fractions among them; a test finds those that are missing."""

COMMON_WORDS: Final = words(
    "later today tomorrow yesterday week weeks month months year years quarter day days hour hours "
    "morning night time times soon never "
    "always often once twice maybe thing things stuff people person team boss customer customers work "
    "working old new big small red blue green black white light heavy good bad best better worse worst "
    "first last next thank hello help need want like love hate wish please could should would might "
    "because while until unless when whenever there their where these those other another every "
    "everything nothing something anything everyone someone nobody somebody only even still also name "
    "named called titled lost loses close closed clothes form forms paper large larger total totals "
    "average perform performs performing broken damaged expired expire cold warm stale fresh seat table "
    "tables chair chairs door cable fable case cases base bases cost costs costing price priced prices "
    "worth value values count amount number numbers list lists item items show shown shows state rest "
    "best test tests text text note notes sort sorts kind kinds mind made make makes take takes keep "
    "keeps move moves reason reasons run running runs happen happens trend trends seasonal demand "
    "forecast supply supplies supplied risk risks better please really reality story store stored "
    "stores located based place places region under between below above least order orders ordered "
    "point points level levels half forget ignore undo redo everywhere different same similar else "
    "instead than that what which whose without within anymore longer euros euro dollars dollar pounds "
    "pound percent unit units piece pieces write wrote send sent read buy bought sell sold pay paid "
    "hello house home world water wire wood steel copper plate paint point joint mouse cancel cancelled "
    "confirm approve reject hold holds holding wait call calls recall planning plan plans q1 q2 q3 q4 "
    "were here hear care dare rare are can't cannot won't wouldn't couldn't shouldn't isn't aren't "
    "doesn't don't didn't sandwich order's whether weather neither either rather father forward reward "
    "toward towards beside besides"
).union(WEEKDAYS)
"""Words that are never taken for a misspelt other word."""

USUAL_TYPES: Final = words(
    "project task customer client employee machine vehicle asset contract invoice ticket contact event meeting "
    "campaign department equipment lead deal user milestone truck"
)
"""Nouns that name a type of items even when it is not declared: `add a project Apollo`."""
