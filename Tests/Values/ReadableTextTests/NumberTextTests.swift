import ReadableText
import Testing

/// Numbers as people read them, the same in every place.
struct NumberTextTests {
    @Test(arguments: [(0, "0 symbols"), (1, "1 symbol"), (2, "2 symbols"), (1_234_567, "1,234,567 symbols")])
    func `one thing has no s`(number: Int, text: String) { #expect(NumberText.count(number, "symbol") == text) }

    @Test func `a plural of its own is written out`() {
        #expect(NumberText.count(1, "finding needs", "findings need") == "1 finding needs")
        #expect(NumberText.count(2, "finding needs", "findings need") == "2 findings need")
    }

    @Test(arguments: [
        (0.31621, 0.00031, "0.31621", "0.00031"), (10_012.4, 161, "10010", "160"), (3, 0, "3", "0"),
        (0.00012345, 1e-12, "0.0001234500", "1.0e-12"),
    ])
    func `value and σ have the same decimals in two columns`(value: Double, sigma: Double, left: String, right: String)
    {
        let pair = NumberText.pair(value, sigma)
        #expect(pair.value == left && pair.sigma == right, "\(pair)")
    }

    @Test(arguments: [
        ("noiseRatio", "noise ratio"), ("keyRate1000000", "key rate, block of 1,000,000"), ("shotNoise", "shot noise"),
        ("offsetX", "offset x"), ("dark", "dark"), ("", ""),
    ])
    func `a result's name is words`(name: String, words: String) { #expect(QuantityName.words(name) == words) }

    @Test(arguments: [("degC", "°C"), ("1", ""), ("", ""), ("LSB^2", "LSB²"), ("SNU^0.5", "√SNU"), ("W", "W")])
    func `units are spelt as people write them`(unit: String, text: String) { #expect(NumberText.unit(unit) == text) }
}
