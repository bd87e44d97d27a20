import CalibrationRecords
import Foundation
import Repository
import Testing

@testable import RawKey

/// A record as rule version 1 made it. It is never made anew: whoever keeps records for years has such ones.
struct FrozenRecordTests {
    static let bob = "MCowBQYDK2VwAyEAJNswh5LaN3vxx/ATI0wvDLLBGeCnldxdb1npGUqwYgo="
    static let alice = "MCowBQYDK2VwAyEAQJyrq4Ao4e8kwnzMUVLxByKH/yZtQH6Ldq5qICQ7pAY="

    @Test func `an old record is judged as it was`() throws {
        let file = Repository.root.appending(path: "Tests/GoldenVectors/evidence-window.record")
        let pins = try [Self.bob, Self.alice].map { try #require(PublicKey($0)) }
        let audit = SessionAudit(records: [try Data(contentsOf: file)], pinned: pins)
        #expect(audit.windows[0].findings == [])
        #expect(audit.windows[0].common == [0, 1, 2, 3])
        let vacuum = try #require(audit.vacuum)
        #expect(vacuum.x.samples == 16_384)
        #expect(String(format: "%.3f %.3f", vacuum.x.variance, vacuum.x.sigma) == "10010.416 110.620")
        let names = audit.windows[0].receiver?.judged.map(\.name) ?? []
        #expect(names.count == 27)
    }
}
