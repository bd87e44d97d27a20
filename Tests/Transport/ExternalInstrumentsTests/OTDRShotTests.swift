import ExternalInstruments
import Foundation
import Testing

/// What a shot proves of a fibre's loss, and what of a file is said instead of being passed over.
struct OTDRShotTests {
    @Test func `a shot that saw no fibre proves no loss`() throws {
        let file = try OTDRFileTests.shot("no-fibre-seen")
        #expect(file.events.count == 1 && file.length == 0 && file.lossOfEvents == 0)
        #expect {
            try file.provenLoss()
        } throws: {
            guard case OTDRNoProof.noFibreSeen(end: 0, let pulse) = $0 else { return false }
            return abs(pulse - 10.2) < 0.1 && "\($0)".contains("no fibre was seen")
        }
    }

    @Test func `shots that measured nothing else prove no loss either`() throws {
        var file = try OTDRFile(parsing: OTDRFileTests.make(version: 2).bytes)
        #expect(try abs(file.provenLoss() - 4.253) < 1e-9)
        file.totalLoss = nil
        #expect(try abs(file.provenLoss() - 4.253) < 0.002)
        file.totalLoss = -0.2
        #expect(throws: OTDRNoProof.notALoss(-0.2)) { try file.provenLoss() }
        file.totalLoss = nil
        for index in file.events.indices { (file.events[index].slope, file.events[index].loss) = (0, 0) }
        #expect(throws: OTDRNoProof.notALoss(0)) { try file.provenLoss() }
        file.events.removeLast()
        #expect(throws: OTDRNoProof.noLoss) { try file.provenLoss() }
        // A loss that is stated of a fibre that ends in front of the instrument.
        file = try OTDRFile(parsing: OTDRFileTests.make(version: 2).bytes)
        file.events = [file.events[3]]
        file.events[0].position = 5
        file.lossInterval = nil
        #expect(throws: OTDRNoProof.self) { try file.provenLoss() }
    }

    @Test func `a shot that did not see the fibre's end, or whose loss cannot be, proves none`() throws {
        var bytes = try OTDRFileTests.make(version: 2).bytes
        let end = try #require(bytes.indices.first { Array(bytes[$0...].prefix(8)) == Array("1E9999LS".utf8) })
        bytes[end + 1] = UInt8(ascii: "O")
        let beyond = try OTDRFile(parsing: bytes)
        #expect(beyond.totalLoss != nil && beyond.length != nil)
        #expect {
            try beyond.provenLoss()
        } throws: {
            guard case OTDRNoProof.endNotSeen(let range) = $0 else { return false }
            return abs(range - 20_500) < 0.1 && "\($0)".contains("was not seen")
        }
        #expect(beyond.remarks == ["no event ends the fibre; the stated loss is that of 0.000 … 20.500 km"])
        var file = try OTDRFile(parsing: OTDRFileTests.make(version: 2).bytes)
        // Less than any fibre of 20.5 km has, and more than any OTDR looks through.
        for loss in [0.001, 2_147_483.647] {
            file.totalLoss = loss
            #expect(throws: OTDRNoProof.implausible(loss: loss, length: file.length)) { try file.provenLoss() }
        }
    }

    @Test func `a loss that is stated of a part of the fibre is remarked`() throws {
        var bytes = try OTDRFileTests.make(version: 2).bytes
        let stated: [UInt8] = [0x9D, 0x10, 0, 0]
        let at = try #require(bytes.indices.dropLast(4).first { Array(bytes[$0..<$0 + 4]) == stated })
        // 2^20 steps of 100 ps, of which light goes 2.04 cm each.
        bytes.replaceSubrange(at + 8..<at + 12, with: [0, 0, 8, 0])
        let file = try OTDRFile(parsing: bytes)
        #expect(file.remarks == ["the stated loss is that of 0.000 … 10.707 km, and the fibre ends at 20.500 km"])
    }

    @Test func `two blocks of one name, endless texts and endless remarks are cut short and said`() throws {
        var bytes = try OTDRFileTests.make(version: 1).bytes
        let name = Array("MakersOwn\0".utf8)
        let at = try #require(bytes.indices.first { Array(bytes[$0...].prefix(name.count)) == name })
        bytes.replaceSubrange(at..<at + name.count, with: Array("DataPts\0".utf8))
        // Two bytes less in the map, whose size stands at 2.
        bytes[2] -= 2
        let file = try OTDRFile(parsing: bytes)
        #expect(file.remarks == ["there are 2 blocks DataPts; the first one was read"])
        var long = try OTDRFileTests.make(version: 1).bytes
        let comment = Array("before installation".utf8)
        let place = try #require(long.indices.first { Array(long[$0...].prefix(comment.count)) == comment })
        // The zero byte behind it, and all up to the next, become part of the text.
        for index in place..<long.count - 2000 { long[index] = UInt8(ascii: "x") }
        let endless = try? OTDRFile(parsing: long)
        #expect((endless?.general.comment.count ?? 0) <= 1000)
        // A map of a thousand and more blocks is none.
        var crowded: [UInt8] = [100, 0, 0, 0, 0, 0, 0xD1, 7]
        for _ in 0..<2000 { crowded += Array("A\0".utf8) + [0, 0, 0, 0, 0, 0] }
        crowded.replaceSubrange(2..<6, with: [UInt8(crowded.count & 255), UInt8(crowded.count >> 8), 0, 0])
        #expect(throws: OTDRError.absurd(block: "Map", field: "number of blocks", value: 2001)) {
            try OTDRFile(parsing: crowded)
        }
    }
}
