/** What polls ask, put together from parts: enough languages and scripts to search in, enough words of each kind to
 * be rare or common. */

interface Language {
  /** Between words; nothing where they are written without spaces. */
  gap?: string;
  openers: string[];
  subjects: string[];
  contexts: string[];
}

const words = (text: string) => text.trim().split(/\s*\/\s*/);

const LANGUAGES: Language[] = [
  {
    openers: words(
      'Which / What should be the / Who knows the best / Do you like our / When is the right time for the / ' +
        'Should we keep the / Where do we hold the / How useful is the / Would you pay for the / Is it worth the',
    ),
    subjects: words(
      'team lunch / summer party / programming language / release date / conference room / coffee machine / ' +
        'football champion / birthday present / school trip / city library / cycling route / vegetarian menu / ' +
        'movie night / annual budget / parking space / swimming pool / weekly newsletter / museum ticket / ' +
        'playground / neighbourhood festival / train connection / customer survey / keyboard layout / ' +
        'sandwich filling / book club / mountain cabin / laptop sticker / emergency exercise / choir rehearsal',
    ),
    contexts: words(
      'this year / next week / on Friday / in the office / for the children / after the holidays / in spring / ' +
        'without plastic / for everybody / before Christmas / with the neighbours / from now on',
    ),
  },
  {
    openers: words(
      'Welches ist das beste / Wann beginnt das / Wollen wir das / Wie wichtig ist das / Wer mag das',
    ),
    subjects: words(
      'Straßenfest / Fußballturnier / Frühstück / Bürgerfest / Gemüse / Großprojekt / Mittagessen / Schwimmbad / ' +
        'Weihnachtsmärchen / Fahrradgeschäft / STRAẞENBAHNNETZ / Gartenhäuschen',
    ),
    contexts: words('in diesem Jahr / am Wochenende / für alle / nach den Ferien / ohne Auto / zu Hause'),
  },
  {
    openers: words('¿Cuál es el mejor / ¿Cuándo organizamos el / ¿Quién prefiere el / ¿Necesitamos el'),
    subjects: words(
      'desayuno / campeonato / cumpleaños / viaje de otoño / barrio / teléfono / jardín / concierto',
    ),
    contexts: words('este año / para los niños / en la oficina / mañana / después de las vacaciones'),
  },
  {
    openers: words('Quel est le meilleur / Faut-il garder le / Qui préfère le / Aimez-vous le'),
    subjects: words('déjeuner / théâtre / marché de Noël / vélo / gâteau / château / télétravail / numéro'),
    contexts: words('cette année / à la maison / pour les élèves / après l’été / dans le quartier'),
  },
  {
    openers: words('Ποιος είναι ο καλύτερος / Πότε αρχίζει ο / Θέλετε να γίνει ο'),
    subjects: words('δρόμος / αγώνας / χορός / καφές / κήπος / τίτλος / διαγωνισμός / περίπατος'),
    contexts: words('φέτος / στο γραφείο / για όλους / την Κυριακή'),
  },
  {
    openers: words('Какой самый лучший / Когда начнётся / Нужен ли нам / Кому нравится'),
    subjects: words('праздник / завтрак / поезд / концерт / городской парк / учебник / бассейн / подарок'),
    contexts: words('в этом году / на работе / для детей / после каникул / в субботу'),
  },
  {
    openers: words('En iyi / Ne zaman / Hangi / Kim ister'),
    subjects: words('İstanbul gezisi / kahvaltı / yürüyüş / şarkı / öğle yemeği / kütüphane / ışık / bahçe'),
    contexts: words('bu yıl / ofiste / çocuklar için / hafta sonu'),
  },
  {
    openers: words('ما هو أفضل / متى يبدأ / هل نحتاج إلى'),
    subjects: words('مطعم / كتاب / مهرجان المدينة / فريق / موعد / شارع'),
    contexts: words('هذا العام / في المكتب / للجميع / بعد العطلة'),
  },
  {
    openers: words('सबसे अच्छा / कब होगा / क्या चाहिए'),
    subjects: words('त्योहार / भोजन / खेल / पुस्तकालय / संगीत / बगीचा'),
    contexts: words('इस साल / सबके लिए / रविवार को'),
  },
  {
    gap: '',
    openers: words('大家最喜欢的 / 今年应该选哪个 / 你觉得哪个好 / 我们什么时候去'),
    subjects: words(
      '北京饭店 / 火锅 / 电影 / 春节晚会 / 图书馆 / 足球比赛 / 编程语言 / 咖啡 / 上海地铁 / 公园',
    ),
    contexts: words('在公司 / 周末 / 给孩子 / 明年夏天'),
  },
  {
    gap: '',
    openers: words('一番好きな / 次はどの / みんなで行く / 来年の'),
    subjects: words(
      '東京タワー / 温泉旅行 / ラーメン / 花火大会 / 図書館 / 映画 / お弁当 / 京都の庭 / サッカー / 会議',
    ),
    contexts: words('は何ですか / はどこですか / はいつがいいですか'),
  },
  {
    openers: words('가장 좋아하는 / 올해의 / 언제 갈까요'),
    subjects: words('점심 메뉴 / 영화 / 서울 여행 / 도서관 / 축구 경기 / 커피'),
    contexts: words('사무실에서 / 주말에 / 모두를 위한'),
  },
];

/** All questions that can be made of the parts, some 5,000. */
export function makeQuestions(): string[] {
  return LANGUAGES.flatMap(({ gap = ' ', openers, subjects, contexts }) =>
    openers.flatMap((opener) =>
      subjects.flatMap((subject) => contexts.map((context) => [opener, subject, context].join(gap))),
    ),
  );
}
