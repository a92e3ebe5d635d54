-- The catalogue has a history: what a category is and cites is an edition with its days of validity.

CREATE TABLE legal_clauses (
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 64 AND key !~ '\s'),
    valid_from date NOT NULL,
    valid_until date CHECK (valid_until > valid_from),
    title_zh text NOT NULL CHECK (length(title_zh) BETWEEN 1 AND 200),
    title_en text NOT NULL CHECK (length(title_en) BETWEEN 1 AND 200),
    summary_zh text NOT NULL DEFAULT '' CHECK (length(summary_zh) <= 500),
    summary_en text NOT NULL DEFAULT '' CHECK (length(summary_en) <= 500),
    penalty_authority text NOT NULL CHECK (penalty_authority IN
        ('bureau', 'emergency_management', 'fire_rescue', 'housing', 'market_regulation', 'public_security',
         'transport')),
    PRIMARY KEY (key, valid_from)
);
COMMENT ON COLUMN legal_clauses.title_zh IS 'The law and the clause as Chinese law cites them.';
COMMENT ON COLUMN legal_clauses.summary_zh IS 'What it says, in words of our own; the text itself is read in the law.';
COMMENT ON COLUMN legal_clauses.valid_until IS 'The first day on which it holds no more, as in category_editions.';
COMMENT ON COLUMN legal_clauses.penalty_authority IS
    'Who punishes a breach. Where it is not the bureau, the matter is transferred (Work Safety Law, article 69).';

CREATE TABLE category_editions (
    code text NOT NULL REFERENCES categories (code),
    valid_from date NOT NULL,
    valid_until date CHECK (valid_until > valid_from),
    name_zh text NOT NULL CHECK (length(name_zh) BETWEEN 1 AND 100),
    name_en text NOT NULL CHECK (length(name_en) BETWEEN 1 AND 100),
    priority text NOT NULL CHECK (priority IN ('P1', 'P2', 'P3')),
    major_candidate boolean NOT NULL,
    days smallint NOT NULL CHECK (days BETWEEN 0 AND 365),
    PRIMARY KEY (code, valid_from)
);
COMMENT ON COLUMN category_editions.days IS '0 = on the spot; 2, 3, 5 and 7 are working days, others calendar days.';

-- An exclusion constraint over text and dates needs btree_gist, which not every server has.
CREATE FUNCTION refuse_overlapping_editions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two editors of one category take turns: each sees what the other wrote.
    PERFORM FROM categories WHERE code = NEW.code FOR UPDATE;
    IF EXISTS (SELECT FROM category_editions e
               WHERE e.code = NEW.code AND e.valid_from <> NEW.valid_from
                 AND daterange(e.valid_from, e.valid_until) && daterange(NEW.valid_from, NEW.valid_until)) THEN
        RAISE EXCEPTION 'editions of % overlap', NEW.code USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER category_editions_follow_one_another AFTER INSERT OR UPDATE ON category_editions
    FOR EACH ROW EXECUTE FUNCTION refuse_overlapping_editions();

CREATE TABLE category_bases (
    code text NOT NULL,
    valid_from date NOT NULL,
    ordinal smallint NOT NULL CHECK (ordinal >= 0),
    clause_key text NOT NULL,
    PRIMARY KEY (code, valid_from, ordinal),
    UNIQUE (code, valid_from, clause_key),
    FOREIGN KEY (code, valid_from) REFERENCES category_editions (code, valid_from)
);
COMMENT ON COLUMN category_bases.clause_key IS
    'The clause as it last stood within the days of the edition. A law that changes ends an edition and begins another, so that what a hazard cites never changes behind its back.';

INSERT INTO legal_clauses
    (key, valid_from, valid_until, title_zh, title_en, summary_zh, summary_en, penalty_authority) VALUES
    ('XF16', '2009-05-01', NULL, '《中华人民共和国消防法》第十六条', 'Fire Protection Law, Article 16',
     '单位应履行的消防安全职责', 'What every unit must do for fire safety', 'fire_rescue'),
    ('XF16(2)', '2009-05-01', NULL, '《中华人民共和国消防法》第十六条第一款第（二）项',
     'Fire Protection Law, Article 16 (1) item 2',
     '消防设施、器材和安全标志须按标准配置并定期检修', 'Equipment and signs are provided to standard and kept in repair',
     'fire_rescue'),
    ('XF28', '2009-05-01', NULL, '《中华人民共和国消防法》第二十八条', 'Fire Protection Law, Article 28',
     '不得占用、堵塞、封闭疏散通道、安全出口、消防车通道，不得设置影响逃生救援的障碍物',
     'Nobody occupies, blocks or closes passages, exits and fire lanes or bars windows needed for escape', 'fire_rescue'),
    ('XF60(1)', '2009-05-01', NULL, '《中华人民共和国消防法》第六十条第一款第（一）项',
     'Fire Protection Law, Article 60 (1) item 1',
     '处罚：设施、器材、标志不符合标准或未保持完好', 'Penalty: equipment or signs not to standard or not in order',
     'fire_rescue'),
    ('XF60(2)', '2009-05-01', NULL, '《中华人民共和国消防法》第六十条第一款第（二）项',
     'Fire Protection Law, Article 60 (1) item 2',
     '处罚：损坏、挪用或擅自拆除、停用消防设施、器材', 'Penalty: equipment damaged, misused, removed or shut off',
     'fire_rescue'),
    ('XF60(3)', '2009-05-01', NULL, '《中华人民共和国消防法》第六十条第一款第（三）项',
     'Fire Protection Law, Article 60 (1) item 3',
     '处罚：占用、堵塞、封闭疏散通道或安全出口', 'Penalty: passage or exit occupied, blocked or closed', 'fire_rescue'),
    ('XF60(4)', '2009-05-01', NULL, '《中华人民共和国消防法》第六十条第一款第（四）项',
     'Fire Protection Law, Article 60 (1) item 4',
     '处罚：埋压、圈占、遮挡消火栓或占用防火间距', 'Penalty: hydrant buried, enclosed or hidden, fire separation occupied',
     'fire_rescue'),
    ('XF60(5)', '2009-05-01', NULL, '《中华人民共和国消防法》第六十条第一款第（五）项',
     'Fire Protection Law, Article 60 (1) item 5',
     '处罚：占用、堵塞、封闭消防车通道', 'Penalty: fire lane occupied, blocked or closed', 'fire_rescue'),
    ('XF60(6)', '2009-05-01', NULL, '《中华人民共和国消防法》第六十条第一款第（六）项',
     'Fire Protection Law, Article 60 (1) item 6',
     '处罚：门窗上设置影响逃生和救援的障碍物', 'Penalty: windows or doors obstructed against escape and rescue',
     'fire_rescue'),
    ('XF61', '2009-05-01', NULL, '《中华人民共和国消防法》第六十一条', 'Fire Protection Law, Article 61',
     '处罚：易燃易爆场所与居住场所同楼，或其他场所合用不符合标准',
     'Penalty: living quarters in one building with dangerous goods, or combined with trade against the standards',
     'fire_rescue'),
    ('AQ', '2021-09-01', NULL, '《中华人民共和国安全生产法》', 'Work Safety Law', '', '', 'emergency_management'),
    ('AQ42', '2021-09-01', NULL, '《中华人民共和国安全生产法》第四十二条', 'Work Safety Law, Article 42',
     '生产经营场所和员工宿舍须有畅通的出口，不得占用、锁闭、封堵',
     'Production premises and staff dormitories keep open exits, never occupied, locked or sealed',
     'emergency_management'),
    ('AQ42(1)', '2021-09-01', NULL, '《中华人民共和国安全生产法》第四十二条第一款', 'Work Safety Law, Article 42 paragraph 1',
     '危险物品场所不得与员工宿舍同楼，并保持安全距离', 'Dangerous goods never share a building with staff dormitories',
     'emergency_management'),
    ('AQ105', '2021-09-01', NULL, '《中华人民共和国安全生产法》第一百零五条', 'Work Safety Law, Article 105',
     '处罚：宿舍与危险场所同楼，或出口被占用、锁闭、封堵',
     'Penalty: dormitory beside dangerous goods, or exits occupied, locked or sealed', 'emergency_management'),
    ('GC', '2021-08-01', NULL, '《高层民用建筑消防安全管理规定》',
     'Provisions on Fire Safety of High-Rise Civil Buildings', '', '', 'fire_rescue'),
    ('GC47(2)', '2021-08-01', NULL, '《高层民用建筑消防安全管理规定》第四十七条第（二）项',
     'Provisions on Fire Safety of High-Rise Civil Buildings, Article 47 item 2',
     '处罚：户外广告牌、外装饰等妨碍防烟排烟、逃生和灭火救援',
     'Penalty: billboards or facade fittings in the way of smoke control, escape and rescue', 'fire_rescue'),
    ('GC47(7)', '2021-08-01', NULL, '《高层民用建筑消防安全管理规定》第四十七条第（七）项',
     'Provisions on Fire Safety of High-Rise Civil Buildings, Article 47 item 7',
     '处罚：在公共门厅、走道、楼梯、安全出口停放电动自行车或充电',
     'Penalty: e-bikes parked or charged in halls, passages, stairs and exits', 'fire_rescue'),
    ('61-21', '2002-05-01', NULL, '《机关、团体、企业、事业单位消防安全管理规定》第二十一条',
     'Provisions on Fire Safety of Institutions, Organizations and Enterprises (Order 61), Article 21',
     '保障疏散通道、安全出口畅通，设施标志保持正常', 'Passages and exits stay open, signs and lights stay in order',
     'fire_rescue'),
    ('61-31', '2002-05-01', NULL, '《机关、团体、企业、事业单位消防安全管理规定》第三十一条',
     'Provisions on Fire Safety of Institutions, Organizations and Enterprises (Order 61), Article 31',
     '应当场改正并记录的情形', 'What is put right on the spot and recorded', 'fire_rescue'),
    ('61-31(4)', '2002-05-01', NULL, '《机关、团体、企业、事业单位消防安全管理规定》第三十一条第（四）项',
     'Provisions on Fire Safety of Institutions, Organizations and Enterprises (Order 61), Article 31 item 4',
     '当场改正：消火栓、灭火器材被遮挡或挪作他用', 'On the spot: hydrants or extinguishers hidden or misused', 'fire_rescue'),
    ('61-31(5)', '2002-05-01', NULL, '《机关、团体、企业、事业单位消防安全管理规定》第三十一条第（五）项',
     'Provisions on Fire Safety of Institutions, Organizations and Enterprises (Order 61), Article 31 item 5',
     '当场改正：常闭防火门开启、防火卷帘下堆物', 'On the spot: fire doors held open, goods under fire shutters', 'fire_rescue'),
    ('GB55037', '2023-06-01', NULL, '《建筑防火通用规范》GB 55037-2022',
     'General Code for Fire Protection of Buildings GB 55037-2022', '', '', 'fire_rescue'),
    ('GB55037-7.1.5', '2023-06-01', NULL, '《建筑防火通用规范》GB 55037-2022第7.1.5条',
     'General Code for Fire Protection of Buildings GB 55037-2022, 7.1.5',
     '疏散通道、走道、出口处不得有影响疏散的物体，并有明显标志', 'Nothing stands in passages and exits, and signs show them', 'fire_rescue'),
    ('GB35181', '2018-07-01', '2025-11-01', '《重大火灾隐患判定方法》GB 35181-2017',
     'Method for Identifying Major Fire Hazards GB 35181-2017', '2017年版的判定要素', 'The criteria of the 2017 edition',
     'fire_rescue'),
    ('GB35181', '2025-11-01', NULL, '《重大火灾隐患判定规则》GB 35181-2025',
     'Rules for Identifying Major Fire Hazards GB 35181-2025', '2025年版的判定要素', 'The criteria of the 2025 edition',
     'fire_rescue'),
    ('城镇燃气管理条例41', '2011-03-01', NULL, '《城镇燃气管理条例》第四十一条', 'Regulation on Urban Gas, Article 41',
     '燃气经营者评估风险，发现事故隐患及时消除', 'Gas operators assess risks and remove what may cause an accident', 'bureau'),
    ('城镇燃气管理条例48', '2011-03-01', NULL, '《城镇燃气管理条例》第四十八条', 'Regulation on Urban Gas, Article 48',
     '处罚：未设警示标志、未定期巡查维护或未及时消除隐患',
     'Penalty: no warning signs, no patrols, hazards left standing', 'bureau');

INSERT INTO category_editions (code, valid_from, name_zh, name_en, priority, major_candidate, days)
    SELECT code, '2000-01-01', name_zh, name_en, priority, major_candidate, days FROM categories;
INSERT INTO category_bases (code, valid_from, ordinal, clause_key)
    SELECT code, '2000-01-01', ordinal - 1, key FROM categories, unnest(basis) WITH ORDINALITY AS b (key, ordinal);

-- A standard was replaced, so the category that cites it has a second edition from that day on.
UPDATE category_editions SET valid_until = '2025-11-01' WHERE code = 'A06';
INSERT INTO category_editions (code, valid_from, name_zh, name_en, priority, major_candidate, days)
    SELECT code, '2025-11-01', name_zh, name_en, priority, major_candidate, days FROM categories WHERE code = 'A06';
INSERT INTO category_bases (code, valid_from, ordinal, clause_key)
    SELECT code, '2025-11-01', ordinal, clause_key FROM category_bases WHERE code = 'A06';

ALTER TABLE categories
    DROP COLUMN name_zh, DROP COLUMN name_en, DROP COLUMN priority, DROP COLUMN major_candidate, DROP COLUMN basis,
    DROP COLUMN days;
