import UnitSchema

/// Small schemas; the tests change one thing in them.
enum Fixtures {
    /// A correct schema with one of everything. Tests name its lines by number.
    static let base = """
        <sbe:messageSchema xmlns:sbe="http://fixprotocol.io/2016/sbe" package="lamp" id="7" version="1">
          <types>
            <composite name="messageHeader" description="Header">
              <type name="blockLength" primitiveType="uint16" description="Bytes of the block"/>
              <type name="templateId" primitiveType="uint16" description="Message"/>
              <type name="schemaId" primitiveType="uint16" description="Schema"/>
              <type name="version" primitiveType="uint16" description="Version"/>
            </composite>
            <composite name="groupSizeEncoding" description="Dimension">
              <type name="blockLength" primitiveType="uint16" description="Bytes of an entry"/>
              <type name="numInGroup" primitiveType="uint16" description="Entries"/>
              <type name="padding" primitiveType="uint32" description="Zero"/>
            </composite>
            <composite name="varDataEncoding" description="Bytes">
              <type name="length" primitiveType="uint32" description="Number of bytes"/>
              <type name="varData" primitiveType="uint8" length="0" description="The bytes"/>
            </composite>
            <composite name="Interval" description="A range">
              <type name="low" primitiveType="int32" description="Low"/>
              <ref name="high" type="Level"/>
            </composite>
            <type name="Level" primitiveType="int32" minValue="-5" maxValue="5" description="Level"/>
            <type name="Celsius" primitiveType="double" minValue="-273.15" semanticType="degC" description="T"/>
            <type name="Text8" primitiveType="char" length="8" description="Text"/>
            <type name="Magic" primitiveType="uint16" presence="constant" description="Constant">4660</type>
            <enum name="Mode" encodingType="uint8" description="Mode">
              <validValue name="Off" description="Off">0</validValue>
              <validValue name="On" description="On">1</validValue>
            </enum>
            <set name="Flags" encodingType="uint8" description="Flags">
              <choice name="Hot" description="Hot">0</choice>
              <choice name="Cold" description="Cold">1</choice>
            </set>
          </types>
          <sbe:message name="Reading" id="1" blockLength="32" description="A reading">
            <field name="magic" id="1" type="Magic" description="Constant"/>
            <field name="temperature" id="2" type="Celsius" offset="0" description="Temperature"/>
            <field name="mode" id="3" type="Mode" offset="8" description="Mode"/>
            <field name="flags" id="4" type="Flags" offset="9" description="Flags"/>
            <field name="count" id="5" type="uint16" offset="10" description="Count"/>
            <field name="level" id="6" type="Level" offset="12" description="Level"/>
            <field name="interval" id="7" type="Interval" offset="16" description="Interval"/>
            <field name="label" id="8" type="Text8" offset="24" sinceVersion="1" description="Label"/>
            <group name="items" id="20" dimensionType="groupSizeEncoding" description="Items">
              <field name="value" id="1" type="double" description="Value"/>
            </group>
            <data name="blob" id="30" type="varDataEncoding" description="Bytes"/>
          </sbe:message>
          <sbe:message name="Ping" id="2" blockLength="8" description="A ping">
            <field name="number" id="1" type="uint64" description="Number"/>
          </sbe:message>
        </sbe:messageSchema>

        """

    /// `base` with the first `old` replaced.
    static func base(replacing old: String, with new: String) -> String {
        guard let range = base.firstRange(of: old) else { return "" }
        return base.replacingCharacters(in: range, with: new)
    }

    /// A schema of the types of `base` with other messages.
    static func schema(version: Int, messages: String) throws(SchemaError) -> Schema {
        let start = base.firstRange(of: "<sbe:message name")?.lowerBound ?? base.endIndex
        let head = base[..<start].replacing("version=\"1\"", with: "version=\"\(version)\"")
        return try Schema(parsing: head + messages + "</sbe:messageSchema>", file: "lamp.xml")
    }

    /// The message `Reading` of a version: version 0 has two fields, a group and data; version 1 appends a field to the
    /// block and one to the group's entries.
    static func reading(version: Int) throws(SchemaError) -> Schema {
        let isLater = version > 0
        return try schema(
            version: version,
            messages: """
                <sbe:message name="Reading" id="1" description="A reading">
                  <field name="temperature" id="1" type="Celsius" description="Temperature"/>
                  <field name="count" id="2" type="uint64" description="Count"/>
                  \(isLater ? "<field name='sigma' id='3' type='double' sinceVersion='1' description='Sigma'/>" : "")
                  <group name="items" id="20" description="Items">
                    <field name="value" id="1" type="double" description="Value"/>
                    \(isLater ? "<field name='age' id='2' type='uint64' sinceVersion='1' description='Age'/>" : "")
                  </group>
                  <data name="blob" id="30" type="varDataEncoding" description="Bytes"/>
                </sbe:message>
                """)
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with new: String) -> String {
        String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
