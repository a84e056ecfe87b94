"""What was used in OpenCode's stores, reckoned without ocvault: plain SQL and files, for a test to compare with.

python3 scripts/reckon.py DATA_DIR… prints JSON: totals, and sums by session, model, day (UTC), agent, tool. Every message of a
session counts once over all copies; what a fork has from another session counts there; see docs/stats.md.
"""
import collections, datetime, glob, json, os, re, sqlite3, sys

sessions = {}  # id -> {'created', 'title', 'parent', 'copies': [(updated, rank, kind, messages)]}


def num(value):
    ok = isinstance(value, (int, float)) and not isinstance(value, bool) and value == value
    return value if ok and 0 <= value <= 1e12 else 0


def note(sid, title, parent, created, updated, rank, messages):
    entry = sessions.setdefault(sid, {'copies': []})
    entry['copies'].append((updated, -rank, title, parent, created, messages))


def message(mid, role, created, info, parts, kind=None):
    """parts: [{tool, status, exit, output, start, end} or {step: cost, tokens}]"""
    return {'id': mid, 'role': role, 'created': created, 'info': info, 'parts': parts, 'kind': kind}


def part_v1(p):
    if p.get('type') == 'tool':
        s = p.get('state') or {}
        meta = s.get('metadata') or {}
        time = s.get('time') or {}
        exit = meta.get('exit')
        failed = s.get('status') == 'error' or (isinstance(exit, (int, float)) and exit != 0)
        out = s.get('output') if isinstance(s.get('output'), str) else s.get('error')
        return {'tool': p.get('tool'), 'failed': failed, 'bytes': len((out if isinstance(out, str) else '').encode()),
                'ms': time['end'] - time['start'] if 'end' in time and 'start' in time else 0, 'call': p.get('callID')}
    if p.get('type') == 'step-finish':
        return {'step': True, 'cost': p.get('cost'), 'tokens': p.get('tokens')}
    return {'text': len(p.get('text') or '')}


def v1(mid, info, parts):
    time = info.get('time') or {}
    return message(mid, info.get('role'), time.get('created'), info, [part_v1(p) for p in parts],
                   'summary' if info.get('summary') is True else None)


def legacy(mid, m):
    meta = m['metadata']
    a = meta.get('assistant') or {}
    parts = []
    for p in m['parts']:
        if p.get('type') == 'tool-invocation':
            t = p['toolInvocation']
            ms = ((meta.get('tool') or {}).get(t['toolCallId']) or {}).get('time') or {}
            parts.append({'tool': t['toolName'], 'failed': False, 'bytes': len((t.get('result') or '').encode()),
                          'ms': ms['end'] - ms['start'] if 'end' in ms else 0, 'call': t['toolCallId']})
    info = {'cost': a.get('cost'), 'tokens': a.get('tokens'), 'modelID': a.get('modelID'), 'providerID': a.get('providerID')}
    return message(mid, m['role'], meta['time']['created'], info, parts)


def v2(mid, kind, info):
    parts = []
    for p in info.get('content') or [] if kind == 'assistant' else []:
        if p.get('type') != 'tool':
            continue
        s, time = p.get('state') or {}, p.get('time') or {}
        start = time.get('ran', time.get('created'))
        meta = s.get('metadata') or {}
        exit = meta.get('exit', (s.get('structured') or {}).get('exit'))
        text = '\n'.join(c['text'] for c in s.get('content') or [] if c.get('type') == 'text')
        err = (s.get('error') or {}).get('message')
        parts.append({'tool': p.get('name'), 'failed': s.get('status') == 'error' or (isinstance(exit, int) and exit != 0),
                      'bytes': len((text or err or '').encode()), 'call': p.get('id'),
                      'ms': time['completed'] - start if 'completed' in time and start is not None else 0})
    role = 'assistant' if kind in ('assistant', 'compaction') else 'other'
    model = info.get('model') or {}
    info = dict(info, modelID=model.get('id'), providerID=model.get('providerID'))
    return message(mid, role, (info.get('time') or {}).get('created'), info, parts, 'summary' if kind == 'compaction' else None)


def database(path):
    db = sqlite3.connect(f'file:{path}?immutable=1', uri=True)
    tables = {r[0] for r in db.execute("select name from sqlite_master where type='table'")}
    rows = lambda table, sql: db.execute(f'select {sql} from {table} order by id').fetchall() if table in tables else []
    messages, extra = collections.defaultdict(list), collections.defaultdict(list)
    parts = collections.defaultdict(list)
    for mid, data in rows('part', 'message_id, data'):
        parts[mid].append(json.loads(data))
    for mid, sid, data in rows('message', 'id, session_id, data'):
        messages[sid].append(v1(mid, json.loads(data), parts[mid]))
    if 'session_message' in tables:
        for mid, sid, kind, created, data in rows('session_message', 'id, session_id, type, time_created, data'):
            m = v2(mid, kind, json.loads(data))
            m['created'] = m['created'] if m['created'] is not None else created
            m['type'] = kind
            extra[sid].append(m)
    columns = 'id, title, parent_id, time_created, time_updated'
    for sid, title, parent, created, updated in rows('session', columns):
        own = messages[sid]
        if 'session_v2' not in tables:
            own = own + [m for m in extra[sid] if not (messages[sid] and m['type'].endswith('-switched'))]
        note(sid, title, parent, created, updated, 1, own)
    for sid, title, parent, created, updated in rows('session_v2', columns):
        note(sid, title, parent, created, updated, 0, extra[sid])


def load(path):
    with open(path) as f:
        return json.load(f)


def tree(session_files, message_dir, part_dir, rank):
    for path in session_files:
        info = load(path)
        sid = info['id']
        own = []
        for mpath in glob.glob(os.path.join(message_dir(sid), '*.json')):
            m = load(mpath)
            if isinstance(m.get('metadata'), dict) and isinstance(m.get('parts'), list):
                own.append(legacy(m['id'], m))
                continue
            parts = [load(p) for p in sorted(glob.glob(os.path.join(part_dir(sid, m['id']), '*.json')))]
            own.append(v1(m['id'], m, parts or m.get('parts') or []))
        note(sid, info.get('title'), info.get('parentID'), info['time']['created'], info['time']['updated'], rank, own)


def data_dir(root):
    for path in glob.glob(os.path.join(root, 'opencode*.db')):
        database(path)
    s = os.path.join(root, 'storage')
    tree(glob.glob(s + '/session/*/*.json'), lambda sid: f'{s}/message/{sid}', lambda sid, mid: f'{s}/part/{mid}', 2)
    for slug in glob.glob(os.path.join(root, 'project/*/storage/session')):
        tree(glob.glob(slug + '/info/*.json'), lambda sid: f'{slug}/message/{sid}', lambda sid, mid: f'{slug}/part/{sid}/{mid}', 3)


def used(m):
    """(cost, input, output, reasoning, read, write) of an answer"""
    def of(cost, tokens):
        t = tokens if isinstance(tokens, dict) else {}
        c = t.get('cache') if isinstance(t.get('cache'), dict) else {}
        return (round(num(cost) * 1e9), num(t.get('input')), num(t.get('output')), num(t.get('reasoning')),
                num(c.get('read')), num(c.get('write')))
    own = of(m['info'].get('cost'), m['info'].get('tokens'))
    if any(own):
        return own
    steps = [of(p['cost'], p['tokens']) for p in m['parts'] if 'step' in p]
    return tuple(sum(x) for x in zip(*steps)) if steps else own


def main(roots):
    for root in roots:
        data_dir(root)
    whole = {}
    for sid, entry in sessions.items():
        copies = sorted(entry['copies'], key=lambda c: (c[0], c[1]), reverse=True)
        _, _, title, parent, created, lead = copies[0]
        seen, own, summaries = set(), [], False
        for at, copy in enumerate(copies):
            for m in copy[5]:
                if m['id'] in seen or (at > 0 and summaries and m['kind'] == 'summary'):
                    continue
                seen.add(m['id'])
                own.append(m)
            summaries = summaries or any(m.get('type') == 'compaction' and 'tokens' in m['info'] for m in copy[5])
        whole[sid] = {'title': title, 'parent': parent, 'created': created, 'messages': own}

    def content(m):
        return (m['created'], m['role'], used(m), tuple(p.get('call', p.get('text')) for p in m['parts'] if 'step' not in p))
    written = {content(m) for s in whole.values() for m in s['messages'] if m['created'] >= s['created']}
    total = collections.Counter()
    by = {key: collections.defaultdict(collections.Counter) for key in ('session', 'model', 'day', 'agent', 'tool')}

    def root_of(sid):
        way = set()
        while whole[sid]['parent'] in whole and sid not in way:
            way.add(sid)
            sid = whole[sid]['parent']
        return sid
    for sid in sorted(whole, key=lambda s: (whole[s]['created'], s)):
        s = whole[sid]
        total['sessions'] += 1
        for m in s['messages']:
            if m['created'] < s['created']:
                if content(m) in written:
                    continue
                written.add(content(m))
            i = m['info']
            answer = m['role'] == 'assistant'
            model = f"{i['providerID']}/{i['modelID']}" if answer and i.get('providerID') and i.get('modelID') else None
            day = datetime.datetime.fromtimestamp(m['created'] / 1000, datetime.timezone.utc).strftime('%Y-%m-%d')
            sums = collections.Counter(messages=1)
            if answer:
                cost, inp, out, reasoning, read, write = used(m)
                sums.update(answers=1, stored=cost, input=inp, output=out, reasoning=reasoning, cacheRead=read, cacheWrite=write)
            calls = collections.Counter()
            for p in m['parts']:
                if 'tool' in p:
                    call = collections.Counter(calls=1, failures=int(p['failed']), bytes=p['bytes'], toolTime=p['ms'])
                    calls.update(call)
                    by['tool'][p['tool']].update(call)
            by['tool'][None].update(sums)
            sums.update(calls)
            keys = {'session': root_of(sid), 'model': model, 'day': day, 'agent': i.get('agent') or i.get('mode')}
            for key, value in keys.items():
                by[key][value].update(sums)
            total.update(sums)
    clean = lambda counter: {k: v for k, v in counter.items() if v}
    print(json.dumps({'total': clean(total), **{k: [[key, clean(c)] for key, c in rows.items() if clean(c)] for k, rows in by.items()}}))


main(sys.argv[1:])
