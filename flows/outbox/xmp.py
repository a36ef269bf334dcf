"""The metadata by which a PDF says that it is both archival (PDF/A-3a) and accessible (PDF/UA-1).

The renderer can claim one of the two; a file that is both needs this packet instead, with the extension schema that
PDF/A asks for when it meets a property that it does not know (ISO 19005-3, 6.6.2.3; ISO 14289-1, clause 5).
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
{author}<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">{producer}{keywords}</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 that the file keeps to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def archival_metadata(document: Any, pdf: Any) -> None:
    """Replace the metadata stream of a rendered PDF; its title, language and keywords are the document's own."""
    about = document.metadata
    text = _PACKET.format(
        title=escape(about.title or ""),
        language=escape(about.lang or ""),
        # A PDF/A file's document information says nothing that its metadata does not (ISO 19005-1, 6.7.3).
        author=f"<dc:creator><rdf:Seq><rdf:li>{escape(', '.join(about.authors))}</rdf:li></rdf:Seq></dc:creator>\n"
        if about.authors
        else "",
        producer=f"<pdf:Producer>{escape(pdf.info['Producer'].string)}</pdf:Producer>" if "Producer" in pdf.info else "",
        keywords=f"<pdf:Keywords>{escape(', '.join(about.keywords))}</pdf:Keywords>" if about.keywords else "",
    )
    number = int(pdf.catalog["Metadata"].split()[0])
    pdf.objects[number].stream = [text.encode("utf-8")]
