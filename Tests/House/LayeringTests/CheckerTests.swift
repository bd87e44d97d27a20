import Foundation
import Repository
import Testing

/// The checker itself, on packages that break its rules: one that convicts nobody would pass everywhere.
struct CheckerTests {
    /// A house with one target per floor, each resting on the one below.
    static let house = PackageDump(
        targets: Floors.order.enumerated().map { rank, floor in
            PackageDump.Target(
                name: "On\(floor)", type: "regular", path: "Sources/\(floor)/On\(floor)",
                dependencies: rank == 0 ? [] : [.init(name: "On\(Floors.order[rank - 1])")])
        })

    static func changed(_ name: String, _ change: (inout PackageDump.Target) -> Void) throws -> PackageDump {
        var package = house
        let place = try #require(package.targets.firstIndex { $0.name == name })
        change(&package.targets[place])
        return package
    }

    @Test func `a house whose arrows point down is acquitted`() {
        #expect(Floors.violations(in: Self.house) == [])
    }

    @Test(arguments: zip(Floors.order, Floors.order.dropFirst()))
    func `an upward arrow is convicted`(lower: String, upper: String) throws {
        let package = try Self.changed("On\(lower)") { $0.dependencies.append(.init(name: "On\(upper)")) }
        #expect(
            Floors.violations(in: package) == [
                "On\(lower) (\(lower)) depends on On\(upper), which is above it (\(upper))"
            ])
    }

    @Test func `a target on a floor that is not named here is convicted, and so is one that lies beside the floors`()
        throws
    {
        let cellar = try Self.changed("OnUnit") { $0.path = "Sources/Cellar/OnUnit" }
        #expect(Floors.violations(in: cellar).contains("OnUnit lies in Sources/Cellar/OnUnit, which is on no floor"))
        let beside = try Self.changed("OnUnit") { $0.path = nil }
        #expect(Floors.violations(in: beside).contains("OnUnit lies in Sources, which is on no floor"))
        #expect(Floors.violations(in: beside).contains("nobody lives on the floor Unit"))
    }

    @Test func `a target that rests on what serves tests is convicted`() throws {
        var package = try Self.changed("OnLink") { $0.dependencies.append(.init(name: "Helper")) }
        package.targets.append(.init(name: "Helper", type: "regular", path: "Tests/Support/Helper", dependencies: []))
        #expect(Floors.violations(in: package) == ["OnLink depends on Helper, which only tests may use"])
    }

    @Test func `an empty package is convicted`() {
        #expect(Floors.violations(in: PackageDump(targets: [])).count == Floors.order.count)
    }

    @Test func `a dump that fails is an error and no empty package`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cvqkd-no-package-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: PackageDump.Failure.self) { try PackageDump.reading(folder) }
    }

    @Test func `dependencies are read by name, with their conditions, and products are told apart`() throws {
        let text = """
            {"targets":[{"name":"A","type":"regular","path":"Sources/Unit/A","dependencies":[
              {"byName":["B",{"platformNames":["linux"]}]},{"target":["C",null]},{"product":["P","package",null,null]}]}]}
            """
        let target = try #require(JSONDecoder().decode(PackageDump.self, from: Data(text.utf8)).targets.first)
        #expect(target.neighbours == ["B", "C"])
        #expect(target.declared == ["B", "C", "P"])
        let unknown = #"{"targets":[{"name":"A","type":"regular","dependencies":[{"macro":["B"]}]}]}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(PackageDump.self, from: Data(unknown.utf8)) }
    }

    @Test func `imports are seen however they are written`() {
        let text = "import A\n@testable import B\npublic import C\nimport struct D.E\n// import F\nlet import_ = 1\n"
        #expect(SourceFile.imports(text) == ["A", "B", "C", "D"])
    }

    @Test func `a diagram has the highest floor first and arrows between neighbours`() throws {
        var package = Self.house
        package.targets.append(
            .init(
                name: "Another", type: "regular", path: "Sources/Link/Another",
                dependencies: [.init(name: "OnLink"), .init(name: "OnUnit")]))
        #expect(
            Diagram.draw(package) == """
                ```
                Programs    OnPrograms
                Service     OnService
                Operation   OnOperation
                Link        Another ─▶ OnLink   OnLink
                Unit        OnUnit
                Transport   OnTransport
                Values      OnValues
                C           OnC
                ```

                """)
    }

    @Test func `a page keeps what is around the diagram, and one without a place for it is refused`() throws {
        let page = "before\n\(Diagram.begin)\nold\n\(Diagram.end)\nafter\n"
        #expect(try Diagram.put("new\n", into: page) == "before\n\(Diagram.begin)\nnew\n\(Diagram.end)\nafter\n")
        #expect(throws: Diagram.Failure.self) { try Diagram.put("new\n", into: "no place\n") }
    }
}
