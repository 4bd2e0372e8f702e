import { test } from 'tap';
import { parseCsv } from '../../agent/recognise/csv.ts';
import { readTruth } from '../../agent/recognise/truth.ts';

test('CSV with quotes, line breaks and a byte order mark', async (t) => {
  t.same(parseCsv('\uFEFFfile,text\r\n"a,b.jpg","say ""hi""\nthere"\r\n\r\nc.jpg\n'), [
    { file: 'a,b.jpg', text: 'say "hi"\nthere' },
    { file: 'c.jpg', text: '' },
  ]);
  t.same(parseCsv(''), []);
});

test("OpenALPR's text files: one plate a line", async (t) => {
  const folder = t.testdir({
    'a.jpg': '',
    'a.txt': 'a.jpg\t10\t20\t100\t25\tab-12 c\na.jpg\t1\t2\t30\t10\tXY\n',
    'b.png': '',
    'notes.txt': 'no picture of this name',
  });
  t.match(await readTruth(folder), [
    {
      name: 'a.jpg',
      plates: [
        { box: [10, 20, 100, 25], text: 'AB12C', ignored: false },
        { box: [1, 2, 30, 10], text: 'XY' },
      ],
    },
  ]);
});

const csv = [
  'file,x,y,w,h,text,quality,split',
  'a.jpg,1,2,30,10,AB1,clear,val',
  'a.jpg,50,2,30,10,CD2,hard,val',
  'a.jpg,90,2,30,10,,unreadable,val',
  'b.jpg,1,2,30,10,EF3,hard,val',
  'c.jpg,,,,,,,train',
].join('\n');

test('one CSV for all pictures, which may lie in images/', async (t) => {
  const folder = t.testdir({ 'labels.csv': csv, images: { 'a.jpg': '', 'c.jpg': '' }, 'b.jpg': '' });
  const [a, b, c] = await readTruth(folder);
  t.match(a, { file: `${folder}/images/a.jpg`, name: 'a.jpg' });
  t.same(
    a?.plates.map(({ text, ignored }) => [text, ignored]),
    [
      ['AB1', false],
      ['CD2', false],
      ['', true],
    ],
  );
  t.equal(b?.file, `${folder}/b.jpg`);
  t.same(c?.plates, [], 'a picture without a plate');
});

test('rows that are left out are ignored areas of pictures that stay', async (t) => {
  const folder = t.testdir({ 'labels.csv': csv });
  const pictures = await readTruth(folder, [
    { column: 'split', value: 'val' },
    { column: 'quality', value: 'clear' },
  ]);
  t.equal(pictures.length, 1);
  t.same(
    pictures[0]?.plates.map(({ text, ignored }) => [text, ignored]),
    [
      ['AB1', false],
      ['CD2', true],
      ['', true],
    ],
  );
});

test('what is wrong with ground truth is said with its place', async (t) => {
  await t.rejects(readTruth(t.testdir({ 'a.jpg': '', 'sources.csv': 'file,who\na.jpg,me' })), {
    code: 'evaluate.no-truth',
    message: /file,x,y,w,h,text/,
    remedy: /--no-plates/,
  });
  await t.rejects(readTruth(`${t.testdirName}/nowhere`), {
    code: 'evaluate.no-truth',
    message: /no such folder/,
  });
  await t.rejects(readTruth(t.testdir({ 'labels.csv': 'file,x,y,w,h,text\na.jpg,1,2,wide,10,AB1' })), {
    code: 'evaluate.bad-truth',
    message: /labels\.csv, row 2: .*found "1 2 wide 10"/,
  });
  await t.rejects(readTruth(t.testdir({ 'labels.csv': csv }), [{ column: 'colour', value: 'red' }]), {
    code: 'evaluate.bad-truth',
    message: /no column "colour"/,
    remedy: /quality, split/,
  });
  await t.rejects(readTruth(t.testdir({ 'labels.csv': csv }), [{ column: 'split', value: 'test' }]), {
    code: 'evaluate.no-truth',
    message: /no row has split=test/,
  });
  const two = {
    'one.csv': 'file,x,y,w,h,text\na.jpg,1,2,30,10,A',
    'two.csv': 'file,x,y,w,h,text\na.jpg,1,2,30,10,B',
  };
  await t.rejects(readTruth(t.testdir(two)), {
    code: 'evaluate.bad-truth',
    message: /one\.csv and two\.csv/,
  });
});
