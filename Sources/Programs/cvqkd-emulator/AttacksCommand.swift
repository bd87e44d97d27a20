import ArgumentParser
import ProgramStart
import Foundation
import UnitEmulator

/// `cvqkd-emulator attacks`.
struct AttacksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attacks",
        abstract:
            "Attacks on a pair and faults of its optics, for 'inject' and 'run --attack'. Needs no running emulator.")

    func run() throws {
        let width = Attack.allCases.map(\.rawValue.count).max() ?? 0
        for attack in Attack.allCases {
            try StandardOutput.line(
                attack.rawValue.padding(toLength: width + 2, withPad: " ", startingAt: 0) + attack.explanation)
        }
    }

    /// An attack with its strength, as `--attack` takes it.
    struct Order: Sendable {
        var attack: Attack
        var strength: Double
    }

    /// Reads `name` or `name=strength`.
    @Sendable static func read(_ text: String) throws -> Order {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard let attack = parts.first.flatMap(Attack.init(rawValue:)) else {
            throw ValidationError("'\(text)' names no attack; 'cvqkd-emulator attacks' lists them.")
        }
        guard parts.count == 2 else { return Order(attack: attack, strength: attack.defaultStrength) }
        guard let strength = Double(parts[1]), attack.range.contains(strength) else {
            throw ValidationError("The strength of \(attack.rawValue) is a number in \(attack.range).")
        }
        return Order(attack: attack, strength: strength)
    }
}
