/// Names of results for people. Records and JSON spell them in one word; tables, messages and reports say the same words.
public enum QuantityName {
    /// `noiseRatio` as `noise ratio`, `keyRate1000000` as `key rate, block of 1,000,000`.
    public static func words(_ name: String) -> String {
        let digits = String(name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
        let number = digits.count > 3 ? Int64(digits) : nil
        var text = ""
        for character in name.dropLast(number == nil ? 0 : digits.count) {
            if character.isUppercase, text.last?.isLowercase == true { text += " " }
            text += text.last == " " ? character.lowercased() : String(character)
        }
        return text + (number.map { ", block of \(NumberText.count($0))" } ?? "")
    }
}
