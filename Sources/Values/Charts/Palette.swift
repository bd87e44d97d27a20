/// What tells series apart: a colour that colour-blind people distinguish (Okabe and Ito), a dash and a symbol that
/// remain in grey print.
struct Palette: Sendable, Hashable {
    var colour: String
    var dash: String
    var symbol: Symbol

    enum Symbol: Sendable, Hashable { case circle, square, triangle, diamond }

    static func series(_ index: Int) -> Palette {
        let colours = ["#0072b2", "#d55e00", "#009e73", "#a0447f", "#000000"]
        let dashes = ["", "7 3", "2 3", "9 3 2 3", "12 4"]
        let symbols: [Symbol] = [.circle, .square, .triangle, .diamond]
        return Palette(
            colour: colours[index % colours.count], dash: dashes[index % dashes.count],
            symbol: symbols[index % symbols.count])
    }

    static func limit(_ meaning: Limit.Meaning) -> Palette {
        switch meaning {
        case .limit: Palette(colour: "#b00020", dash: "6 3", symbol: .circle)
        case .marginal: Palette(colour: "#9a6700", dash: "3 3", symbol: .circle)
        case .note: Palette(colour: "#555555", dash: "1 3", symbol: .circle)
        }
    }
}
