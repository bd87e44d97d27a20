import ArgumentParser
import ProgramStart
import Foundation
import UnitEmulator

/// `cvqkd-emulator defects`.
struct DefectsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "defects",
        abstract: "Rules that 'run --defect' breaks, and the check that catches each. Needs no running emulator.")

    func run() throws {
        let defects = FirmwareDefect.allCases
        let width = defects.map(\.rawValue.count).max() ?? 0
        let checks = defects.map { $0.checks.joined(separator: ", ") }
        let second = checks.map(\.count).max() ?? 0
        for (defect, checks) in zip(defects, checks) {
            try StandardOutput.line(
                defect.rawValue.padding(toLength: width + 2, withPad: " ", startingAt: 0)
                    + checks.padding(toLength: second + 2, withPad: " ", startingAt: 0) + defect.explanation)
        }
    }

    @Sendable static func read(_ text: String) throws -> FirmwareDefect {
        guard let defect = FirmwareDefect(rawValue: text) else {
            throw ValidationError("'\(text)' is not a defect; 'cvqkd-emulator defects' lists them.")
        }
        return defect
    }
}
