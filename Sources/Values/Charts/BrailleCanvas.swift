/// A grid of dots, 2 × 4 to a character.
struct BrailleCanvas {
    let columns: Int
    let rows: Int
    private var cells: [UInt8]

    init(columns: Int, rows: Int) {
        (self.columns, self.rows) = (columns, rows)
        cells = Array(repeating: 0, count: columns * rows)
    }

    var dotsAcross: Int { columns * 2 }
    var dotsDown: Int { rows * 4 }

    /// Sets a dot, counted from the upper left; outside nothing happens.
    mutating func set(_ x: Int, _ y: Int) {
        guard x >= 0, y >= 0, x < dotsAcross, y < dotsDown else { return }
        // Braille dots are numbered 1 2 3 7 down the left and 4 5 6 8 down the right.
        let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
        cells[y / 4 * columns + x / 2] |= bits[x % 2][y % 4]
    }

    /// A straight line of dots; `dash` says which steps are drawn.
    mutating func line(from a: (x: Int, y: Int), to b: (x: Int, y: Int), step: inout Int, dash: (Int) -> Bool) {
        let length = max(abs(b.x - a.x), abs(b.y - a.y))
        for index in 0...length {
            let share = length == 0 ? 0 : Double(index) / Double(length)
            if dash(step) {
                set(
                    a.x + Int((share * Double(b.x - a.x)).rounded()), a.y + Int((share * Double(b.y - a.y)).rounded()))
            }
            step += 1
        }
    }

    /// One row of characters; empty ones are blanks.
    func text(row: Int) -> String {
        var text = ""
        for column in 0..<columns {
            let cell = cells[row * columns + column]
            if cell == 0 {
                text += " "
            } else if let scalar = Unicode.Scalar(0x2800 + UInt32(cell)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
