-- Polls are found however their question is typed. The same for texts that differ only in case, in accents, in width or
-- other compatibility forms (ﬁ, ①), in the shape of quotes and dashes, in Arabic and Hebrew vowel signs, or in the strokes
-- and ligatures of Latin letters. Marks of other scripts stay, because they make other letters: が is not か.
alter function fold_case(text) rename to fold_text;
create or replace function fold_text(given text) returns text immutable strict parallel safe language sql
  return normalize(
    replace(replace(replace(
      translate(
        -- Without marks first: a letter with several would change with its case otherwise (ᾳ, ΑΙ).
        lower(upper(lower(
          regexp_replace(
            normalize(given, nfkd),
            '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]',
            '', 'g'
          ) collate "und-x-icu"
        ))),
        'ςøłđðħŧ‘’‚‛ʼ′‹›“”„‟″«»‐‒–—―−', 'σolddht''''''''''''''''"""""""------'
      ),
      'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'
    ),
    nfc
  );

-- By its old name for the release before, while this one is deployed.
create function fold_case(given text) returns text immutable strict parallel safe language sql
  return fold_text(given);

-- A question that came now would still be folded as before. Meanwhile polls may be read, and voted in.
lock table questions in share row exclusive mode;
update questions set question = question where folded_question <> fold_text(question);
