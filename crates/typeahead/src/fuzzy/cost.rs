//! What a typing error costs: the less likely, the more.

/// Keys side by side, row by row; a row starts half a key or less to the right of the one above.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Keyboard {
    /// English and most others.
    #[default]
    Qwerty,
    /// German.
    Qwertz,
    /// French.
    Azerty,
    /// Russian.
    Jcuken,
    /// All keys are equally far apart.
    None,
}

impl Keyboard {
    const fn rows(self) -> [&'static str; 4] {
        match self {
            Self::Qwerty => ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"],
            Self::Qwertz => ["1234567890", "qwertzuiop", "asdfghjkl", "yxcvbnm"],
            Self::Azerty => ["1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"],
            Self::Jcuken => ["1234567890", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"],
            Self::None => [""; 4],
        }
    }

    /// The keys that touch the key of `c`.
    pub fn neighbours(self, c: char) -> impl Iterator<Item = char> {
        let place = |c: char| {
            self.rows()
                .iter()
                .enumerate()
                .find_map(|(y, row)| Some((row.chars().position(|key| key == c)?, y)))
        };
        let home = place(c);
        let touches = move |x: usize, y: usize| {
            let Some((home_x, home_y)) = home else {
                return false;
            };
            match y.abs_diff(home_y) {
                0 => x.abs_diff(home_x) == 1,
                // The lower row is shifted to the right: its key x touches x and x + 1 of the row above.
                1 if y > home_y => home_x == x || home_x == x + 1,
                1 => x == home_x || x == home_x + 1,
                _ => false,
            }
        };
        let rows = self.rows().into_iter().enumerate();
        rows.flat_map(move |(y, row)| {
            row.chars()
                .enumerate()
                .filter(move |(x, _)| touches(*x, y))
                .map(|(_, key)| key)
        })
    }
}

/// Penalties in nats: an entry that needs an error of penalty `p` ranks as if it weighed `e^p` times less.
///
/// The defaults were chosen on random errors in texts drawn for that, not on a test set: a letter left out and two
/// transposed ones are cheap because few keys lie that near, a wrong letter and one too many dear because many do.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EditCosts {
    /// Another letter. Default 6.
    pub substitution: f32,
    /// The letter of a key that touches the right one. Default 5.
    pub neighbour: f32,
    /// A letter left out. Default 2.
    pub omission: f32,
    /// A letter too many. Default 6.
    pub surplus: f32,
    /// A letter too many that repeats the one before, or one left out that does. Default 3.
    pub repeat: f32,
    /// Two letters in the wrong order. Default 1.5.
    pub transposition: f32,
    /// More, if the first letter is wrong. Default 1.5.
    pub first: f32,
    /// More, for the second error: with the default of 16, what needs one error comes before what needs two.
    pub second: f32,
    /// The keyboard that says which keys touch.
    pub keyboard: Keyboard,
}

impl Default for EditCosts {
    fn default() -> Self {
        Self {
            substitution: 6.0,
            neighbour: 5.0,
            omission: 2.0,
            surplus: 6.0,
            repeat: 3.0,
            transposition: 1.5,
            first: 1.5,
            second: 16.0,
            keyboard: Keyboard::Qwerty,
        }
    }
}
