import Foundation
import NodeReports
import Testing

/// Decodes a document from JSON as scripts have it, and expects that it is written with the same keys and values, read again
/// as the same document, and written in the same bytes.
func expectFrozen<Document: Codable & Equatable>(
    _ type: Document.Type, _ literal: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let document = try ReportJSON.decoder().decode(Document.self, from: Data(literal.utf8))
    let text = try expectSame(document, sourceLocation: sourceLocation)
    let (wanted, found) = (try object(literal), try object(text))
    #expect(found == wanted, "\(text)", sourceLocation: sourceLocation)
}

/// Expects that a document is read as it was written, and would be written in the same bytes again. Returns them.
@discardableResult
func expectSame<Document: Codable & Equatable>(
    _ document: Document, sourceLocation: SourceLocation = #_sourceLocation
) throws -> String {
    let text = try ReportJSON.text(document)
    let read = try ReportJSON.decoder().decode(Document.self, from: Data(text.utf8))
    #expect(read == document, sourceLocation: sourceLocation)
    #expect(try ReportJSON.text(read) == text, sourceLocation: sourceLocation)
    return text
}

/// Expects that a document made of values has these keys and values, and comes back from JSON.
func expect<Document: Codable & Equatable>(
    _ document: Document, is literal: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let text = try expectSame(document, sourceLocation: sourceLocation)
    let (wanted, found) = (try object(literal), try object(text))
    #expect(found == wanted, "\(text)", sourceLocation: sourceLocation)
}

private func object(_ text: String) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary, "\(text)")
}
