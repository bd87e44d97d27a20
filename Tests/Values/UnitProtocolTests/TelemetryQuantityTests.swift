import Foundation
import Repository
import Testing
import UnitProtocol

/// The table of section 9 of the protocol page, and the program's.
struct TelemetryQuantityTests {
    private struct Line: Hashable, CustomStringConvertible {
        var id: UInt16
        var name: String
        var unit: String

        var description: String { "\(id) \(name) \(unit)" }
    }

    private static func section() throws -> String {
        let page = try String(
            contentsOf: Repository.root.appending(path: "firmware-schemas/README.md"), encoding: .utf8)
        let behind = try #require(page.components(separatedBy: "\n## 9. Telemetry\n").dropFirst().first)
        return try #require(behind.components(separatedBy: "\n## ").first)
    }

    /// Two quantities stand beside each other in a row.
    private static func lines() throws -> [Line] {
        try section().split(separator: "\n").filter { $0.hasPrefix("|") }.flatMap { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }.dropFirst().dropLast()
            return stride(from: cells.startIndex, to: cells.endIndex, by: 4).compactMap { first -> Line? in
                guard first + 2 < cells.endIndex, let id = UInt16(cells[first]) else { return nil }
                return Line(id: id, name: cells[first + 1], unit: cells[first + 2])
            }
        }
    }

    @Test func `the page has every quantity, and no other`() throws {
        let written = try Self.lines()
        let known = TelemetryQuantity.allCases.map { Line(id: $0.rawValue, name: $0.name, unit: $0.unit) }
        #expect(Set(written).count == written.count)
        #expect(written.sorted { $0.id < $1.id } == known.sorted { $0.id < $1.id })
    }

    @Test func `the page demands of each end what the program expects of it`() throws {
        let text = try Self.section()
        let demand = try #require(
            text.firstMatch(of: /At least: ([^;]+); Alice ([^;]+); Bob ([^.]+)\./), "the page demands nothing")
        func names(_ list: Substring) -> Set<String> { Set(list.components(separatedBy: ", ")) }
        for (role, own) in [(UnitRole.alice, demand.2), (.bob, demand.3)] {
            let required = TelemetryQuantity.allCases.filter { $0.isRequired(of: role) }.map(\.name)
            #expect(Set(required) == names(demand.1).union(names(own)), "\(role)")
        }
    }

    @Test(arguments: TelemetryQuantity.allCases)
    func `a quantity is found by its name, and its id is not a maker's own`(quantity: TelemetryQuantity) {
        #expect(TelemetryQuantity(named: quantity.name) == quantity)
        #expect(quantity.rawValue < TelemetryQuantity.firstOwnID)
        #expect(!quantity.roles.isEmpty)
        #expect(quantity.isTemperature == quantity.name.hasSuffix("_temperature"))
    }
}
