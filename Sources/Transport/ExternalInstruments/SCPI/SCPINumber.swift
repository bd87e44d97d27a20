/// A number as an instrument writes it, with the unit that some write behind it.
struct SCPINumber {
    var value: Double
    /// What follows the digits; empty if nothing does.
    var unit: Substring

    /// Reads an answer: one number, with a decimal point.
    init(_ answer: String, to query: String) throws(InstrumentError) {
        let cut = String(answer.prefix(60))
        if answer.contains(",") {
            // "1,234E-03" is one number in some languages; "1.2,1.3" are two in all.
            let isDecimal = !answer.contains(".") && answer.count { $0 == "," } == 1
            throw isDecimal ? .decimalComma(query: query, answer: cut) : .severalValues(query: query, answer: cut)
        }
        let words = ["NAN", "INF", "+INF", "-INF", "INFINITY"]
        if words.contains(answer.uppercased()), let value = Double(answer) {
            (self.value, unit) = (value, "")
            return
        }
        var end = answer.endIndex
        while end > answer.startIndex {
            let last = answer[answer.index(before: end)]
            if last.isASCII && last.isNumber || last == "." { break }
            end = answer.index(before: end)
        }
        let digits = answer[..<end]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber || "+-.eE".contains($0) }), let value = Double(digits)
        else {
            throw .garbage(query: query, answer: cut)
        }
        self.value = value
        unit = answer[end...].drop { $0 == " " }
    }

    /// W.
    func watts(_ answer: String, to query: String) throws(InstrumentError) -> Double {
        // M is milli in SCPI and mega for people: neither is guessed.
        // Divided by: 1.234 mW is 0.001234 W to the last digit, which a product with 1e-3 is not.
        let units = ["": 1.0, "W": 1, "mW": 1e3, "uW": 1e6, "nW": 1e9, "pW": 1e12]
        if unit.uppercased().hasPrefix("DB") { throw .inDecibels(answer: String(answer.prefix(60))) }
        guard let parts = units[String(unit)] else { throw .garbage(query: query, answer: String(answer.prefix(60))) }
        return value / parts
    }

    /// m; without a unit, makers answer in nm, which they are set in, or in m, which is SCPI's unit.
    func metres(_ answer: String, to query: String) throws(InstrumentError) -> Double {
        switch unit.uppercased() {
        case "": return value > 1e-3 ? value / 1e9 : value
        case "NM": return value / 1e9
        case "UM": return value / 1e6
        case "M": return value
        default: throw .garbage(query: query, answer: String(answer.prefix(60)))
        }
    }
}
