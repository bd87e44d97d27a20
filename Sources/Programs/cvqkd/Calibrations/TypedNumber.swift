import ArgumentParser
import Foundation

/// A number as people type it: `5`, `5.2 dB`, `5,2`, `1e-3`. A text that is not a number, an infinite number and one of another unit
/// are refused with a sentence, and not taken for something else.
struct TypedNumber {
    /// Why a text gives no number.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// A unit of measure that may stand behind the number, and what it multiplies it by.
    struct Unit {
        let names: [String]
        let factor: Double

        static let decibels = Unit(names: ["dB"], factor: 1)
        static let decibelMilliwatts = Unit(names: ["dBm"], factor: 1)
        static let watts = [
            Unit(names: ["W"], factor: 1), Unit(names: ["mW"], factor: 1e-3),
            Unit(names: ["µW", "μW", "uW"], factor: 1e-6), Unit(names: ["nW"], factor: 1e-9),
        ]
        static let seconds = [
            Unit(names: ["s", "sec", "second", "seconds"], factor: 1),
            Unit(names: ["min", "minute", "minutes"], factor: 60),
            Unit(names: ["h", "hour", "hours"], factor: 3_600),
        ]
    }

    /// Whether somebody meant a number: it begins as one does.
    static func isMeant(_ text: String) -> Bool {
        let begin = text.lowercased().drop { $0 == "+" || $0 == "-" || $0 == "−" }
        if ["nan", "inf", "infinity"].contains(where: { begin == $0 || begin.hasPrefix("\($0) ") }) { return true }
        return begin.first.map {
            $0.isNumber || (($0 == "." || $0 == ",") && begin.dropFirst().first?.isNumber == true)
        }
            ?? false
    }

    /// Reads it; `units` are those that are taken, the first being the one that a bare number has.
    static func read(_ text: String, _ units: [Unit]) throws(Refusal) -> Double {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines).replacing("−", with: "-")
        guard !text.isEmpty else { throw Refusal(description: "a number is wanted, and nothing was typed") }
        let digits = text.prefix { "+-.,0123456789".contains($0) }
        var number = String(digits)
        var rest = text.dropFirst(digits.count)
        // 1e-3, but not the e of a unit.
        if let first = rest.first, first == "e" || first == "E" {
            let exponent = rest.dropFirst().prefix { "+-0123456789".contains($0) }
            if exponent.contains(where: \.isNumber) {
                number += "e" + exponent
                rest = rest.dropFirst(1 + exponent.count)
            }
        }
        let suffix = rest.trimmingCharacters(in: .whitespaces)
        let factor = try factor(suffix, units, of: text)
        if number.contains(",") {
            guard number.count(where: { $0 == "," }) == 1, !number.contains(".") else {
                throw Refusal(description: "'\(text)' has more than one decimal sign: write 1234.5")
            }
            number = number.replacing(",", with: ".")
        }
        guard let value = Double(number) else { throw Refusal(description: "'\(text)' is not a number") }
        guard (value * factor).isFinite else { throw Refusal(description: "'\(text)' is too large") }
        return value * factor
    }

    private static func factor(_ suffix: String, _ units: [Unit], of text: String) throws(Refusal) -> Double {
        guard !suffix.isEmpty else { return 1 }
        if let unit = units.first(where: { $0.names.contains { $0.caseInsensitiveCompare(suffix) == .orderedSame } }) {
            return unit.factor
        }
        if ["nan", "inf", "infinity"].contains(suffix.lowercased()) {
            throw Refusal(description: "'\(text)' is not a number that can be used")
        }
        guard text.first.map({ "+-.,0123456789".contains($0) }) == true, text.contains(where: \.isNumber) else {
            throw Refusal(description: "'\(text)' is not a number")
        }
        let known = units.compactMap(\.names.first)
        throw Refusal(
            description: known.isEmpty
                ? "'\(suffix)' stands behind the number, which has no unit"
                : "'\(suffix)' is not the unit: it is in \(known.joined(separator: " or "))")
    }
}

extension Selectors {
    /// A number of decibels, also as `5 dB` and `5,2`.
    @Sendable static func decibels(_ text: String) throws -> Double {
        do throws(TypedNumber.Refusal) { return try TypedNumber.read(text, [.decibels]) } catch {
            throw ValidationError("\(error).")
        }
    }

    /// A time in s, also as `10 min` and `24h`.
    @Sendable static func seconds(_ text: String) throws -> Double {
        do throws(TypedNumber.Refusal) { return try TypedNumber.read(text, TypedNumber.Unit.seconds) } catch {
            throw ValidationError("\(error).")
        }
    }

    /// A power in W, also with a prefix, and in dBm if that stands behind it.
    @Sendable static func watts(_ text: String) throws -> Double {
        if text.lowercased().hasSuffix("dbm") { return try power(text) }
        do throws(TypedNumber.Refusal) { return try TypedNumber.read(text, TypedNumber.Unit.watts) } catch {
            throw ValidationError("\(error).")
        }
    }

    /// A power in W, typed in dBm.
    @Sendable static func power(_ text: String) throws -> Double {
        do throws(TypedNumber.Refusal) {
            return 1e-3 * pow(10, try TypedNumber.read(text, [.decibelMilliwatts]) / 10)
        } catch {
            throw ValidationError("\(error).")
        }
    }
}
