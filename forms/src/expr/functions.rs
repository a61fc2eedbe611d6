//! The table of functions: name, how many arguments, what it means. `eval` holds what they do.

macro_rules! functions {
    ($($variant:ident $name:literal $min:literal $max:literal $meaning:literal)*) => {
        /// A function of the expression language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Function { $(#[doc = $meaning] $variant),* }

        impl Function {
            /// Every function, with its name, least and most arguments, and meaning.
            pub const ALL: &'static [(Self, &'static str, usize, usize, &'static str)] =
                &[$((Self::$variant, $name, $min, $max, $meaning)),*];

            /// As it is written.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// From how it is written.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

functions! {
    If "if" 3 3 "The second argument where the first is true, else the third."
    Coalesce "coalesce" 2 99 "The first argument that is not blank."
    Once "once" 1 1 "The value it has already; the argument where it has none."
    Not "not" 1 1 "True where the argument is false."
    True "true" 0 0 "True."
    False "false" 0 0 "False."
    Boolean "boolean" 1 1 "The argument as true or false."
    BooleanFromString "boolean-from-string" 1 1 "True for '1' and 'true' alone."
    Number "number" 1 1 "The argument as a number; dates count days since 1970."
    Text "string" 1 1 "The argument as text."
    Selected "selected" 2 2 "Whether a list of codes holds a code."
    SelectedAt "selected-at" 2 2 "The code at a place of a list, from 0."
    CountSelected "count-selected" 1 1 "How many codes a list holds."
    Int "int" 1 1 "The number without its decimals."
    Round "round" 1 2 "Rounded, half up, to so many decimals."
    Floor "floor" 1 1 "The whole number below."
    Ceiling "ceiling" 1 1 "The whole number above."
    Abs "abs" 1 1 "Without its sign."
    Sqrt "sqrt" 1 1 "Square root."
    Exp "exp" 1 1 "e to the power of the argument."
    Log "log" 1 1 "Natural logarithm."
    Log10 "log10" 1 1 "Logarithm to base 10."
    Pow "pow" 2 2 "The first to the power of the second."
    Exp10 "exp10" 1 1 "10 to the power of the argument."
    Sin "sin" 1 1 "Sine of an angle in radians."
    Cos "cos" 1 1 "Cosine of an angle in radians."
    Tan "tan" 1 1 "Tangent of an angle in radians."
    Asin "asin" 1 1 "The angle in radians whose sine it is."
    Acos "acos" 1 1 "The angle in radians whose cosine it is."
    Atan "atan" 1 1 "The angle in radians whose tangent it is."
    Atan2 "atan2" 2 2 "The angle in radians of a point, given as y and x."
    Pi "pi" 0 0 "3.14159…"
    Min "min" 1 99 "The smallest of all values given."
    Max "max" 1 99 "The largest of all values given."
    Sum "sum" 1 1 "The sum over all instances."
    Count "count" 1 1 "How many instances."
    CountNonEmpty "count-non-empty" 1 99 "How many values are not blank."
    Concat "concat" 1 99 "All values in one text."
    Join "join" 2 99 "All values, with the first argument between them."
    StringLength "string-length" 0 1 "How many characters."
    Substr "substr" 2 3 "Part of a text, from 0; negative numbers count from the end."
    Substring "substring" 2 3 "Part of a text, from 1, so many characters."
    SubstringBefore "substring-before" 2 2 "What stands before the second argument."
    SubstringAfter "substring-after" 2 2 "What stands after the second argument."
    StartsWith "starts-with" 2 2 "Whether it begins so."
    EndsWith "ends-with" 2 2 "Whether it ends so."
    Contains "contains" 2 2 "Whether it holds the second argument."
    Translate "translate" 3 3 "Each character of the second replaced by that of the third."
    NormalizeSpace "normalize-space" 0 1 "Without spaces around, and single ones within."
    UpperCase "upper-case" 1 1 "In capitals."
    LowerCase "lower-case" 1 1 "In small letters."
    Regex "regex" 2 2 "Whether the whole value matches the pattern."
    Digest "digest" 2 3 "Hash of a text: MD5, SHA-1, SHA-256, SHA-384 or SHA-512, in base64 or hex."
    Base64Decode "base64-decode" 1 1 "The text that base64 stands for."
    Area "area" 1 1 "Square metres within points or a geoshape."
    Distance "distance" 1 99 "Metres along points, a geotrace or a geoshape."
    Geofence "geofence" 2 2 "Whether a point lies within a geoshape."
    Randomize "randomize" 1 2 "The values in a random order, the same for the same seed."
    Today "today" 0 0 "The day on the phone."
    Now "now" 0 0 "The moment on the phone."
    Date "date" 1 1 "Days since 1970, or a text, as a date."
    DateTime "date-time" 1 1 "Days since 1970, or a text, as a date with time."
    DecimalDateTime "decimal-date-time" 1 1 "Days since 1970 with the time as decimals."
    DecimalTime "decimal-time" 1 1 "A time as part of a day."
    FormatDate "format-date" 2 2 "A date written by a pattern such as %d/%m/%Y."
    FormatDateTime "format-date-time" 2 2 "A date and time written by a pattern."
    Position "position" 0 1 "Which instance of a repeat this is, or which place among those that […] looks at, from 1."
    Last "last" 0 0 "How many instances or rows […] looks at."
    IndexedRepeat "indexed-repeat" 3 7 "The answer in another instance of a repeat."
    ChoiceName "jr:choice-name" 2 2 "The label of a choice."
    Random "random" 0 0 "A number from 0 to 1."
    Uuid "uuid" 0 1 "A new identifier."
    Checklist "checklist" 3 99 "Whether between so many and so many of the rest are true."
    WeightedChecklist "weighted-checklist" 4 99 "The same, each with a weight."
    Version "version" 0 0 "The form's version."
}

impl Function {
    /// Least and most arguments.
    pub fn arity(self) -> (usize, usize) {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .map_or((0, 99), |row| (row.2, row.3))
    }

    /// Whether it can give another value when called again on the same answers.
    pub fn is_volatile(self) -> bool {
        matches!(
            self,
            Self::Random | Self::Uuid | Self::Now | Self::Today | Self::Once | Self::Randomize
        )
    }
}
